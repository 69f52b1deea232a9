extension FuzzTarget {
  /// Everything that is fuzzed: `make fuzz` and `make test` alike.
  package static let all: [FuzzTarget] =
    httpTargets + webTargets + spotifyTargets + secretTargets + storeTargets
    + coordinationTargets + outputTargets

  /// By name.
  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  private static let httpTargets = [
    requestHeads, requestTargets, routes, cookies, responseHeads, bodyTypes, requestIDs,
  ]
  private static let webTargets = [
    queries, pageForms, cursors, links, nextPaths, accepts, entityTags, forwardedFor, origins, jsonBodies,
    newTokens,
  ]
  private static let spotifyTargets = [
    spotifyAnswers, spotifyCatalogue, spotifyTokens, spotifyRefusals, retryAfter, forms,
  ]
  private static let secretTargets = [sealedTokens, keyRings, randomTokens, credentials, runIDs, signIns]
  private static let storeTargets = [
    redisReplies, redisFacts, redisLedgers, databaseValues, artistCredits, timestamps, addresses,
    listenAddresses,
  ]
  private static let coordinationTargets = [coordinationReplies]
  private static let outputTargets = [escapedTexts]
}
