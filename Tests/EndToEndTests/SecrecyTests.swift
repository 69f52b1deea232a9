import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// Every route, every kind of job and every way to fail, and then the search for everything secret that took part.
@Suite struct SecrecyTests {
  @Test
  func
    `Nothing secret is in a log, an answer, an event, Redis, a dump, the operations' answers or a command's words`()
    async throws
  {
    try await withWorld(SecretLife.prepare) { world in
      let life = try await SecretLife.begin(in: world)
      defer { life.end() }
      var searched = Searched()
      try await life.signInThroughFaults()
      try await life.failEveryRequest()
      try await searched.dump(world, "a dump in between")
      try await searched.redis(world, "Redis in between")
      try await life.callEveryRoute()
      try await life.renewThroughFaults { try await searched.dump(world, "a dump under a refused grant") }
      try await life.loseEverything()
      try await searched.dump(world, "a dump under a run")
      try await searched.redis(world, "Redis under a run")
      try await life.crash()

      let canary = Canary()
      try await canary.plant(in: world, life)
      for service in life.services {
        try await searched.operations(world, service, canary.headers, "the operations' answers")
      }
      let newKey = Key()
      let words = "a command's words"
      try await searched.commands(
        world,
        [["doctor"], ["doctor", "--json"], ["keys", "list"], ["keys", "verify"], ["quota"], ["migrate"]],
        words)
      let operations = life.services[1].operations.dropFirst("http://".count)
      try await searched.commands(world, [["ready"]], words, ["OPS_LISTEN": String(operations)])
      try await life.refuseTheApp {
        try await searched.commands(world, [["doctor"]], "what the doctor hears")
      }
      try await searched.commands(
        world, [["keys", "rotate"], ["keys", "verify"]], words,
        ["TOKEN_KEYS": "\(newKey.entry),\(world.firstKey.entry)"])
      let (isReady, isSealed) = (
        searched.says(#""postgres":"ok""#, in: words), searched.says("are under \(newKey.id)", in: words)
      )
      #expect(isReady && isSealed, "these commands had nothing to tell")
      let heard = [#"answered 500: {"error":"refused was"#, "answered 400: refused", "answered 401: refused"]
      let unheard = heard.filter { !searched.says($0, in: "what the doctor hears") }
      #expect(unheard == [])
      try await searched.dump(world, "the last dump")
      try await searched.redis(world, "Redis at last")
      for text in world.written { searched.add(text, "a log") }
      let beforehand = life.answers(showing: .everything)
      for text in beforehand { searched.add(text, "an answer") }
      let secrets = try await life.secrets(notUnderWayIn: world)

      #expect(secrets.tokens.count >= 10 && secrets.handshakes.count >= 6, "there is too little to look for")
      #expect(secrets.browsers.count >= 8, "there is too little to look for")
      let found = searched.findings(
        SecretSearch(
          secrets.tokens + secrets.handshakes + secrets.keys + newKey.secrets + [canary.secret]))
      #expect(found.filter { $0.secret != canary.secret.name } == [])
      // The search finds what is there, in each of the places.
      #expect(Set(found.map(\.place)).isSuperset(of: canary.places), "\(found)")

      // What a browser is to keep goes to that browser, in the field or the word that is for it, and nowhere else.
      var elsewhere = Searched()
      for (place, bytes) in searched.places where place != "an answer" { elsewhere.add(bytes, place) }
      for text in life.answers(showing: .whatIsNotForTheBrowser) { elsewhere.add(text, "an answer") }
      for (place, dump) in searched.dumps { elsewhere.add(dump, place) }
      #expect(elsewhere.findings(SecretSearch(secrets.browsers)) == [])
      #expect(
        SecretSearch(secrets.browsers).findings(in: beforehand.joined(), "an answer").count >= 4,
        "what is left out of the answers was never there")
    }
  }
}
