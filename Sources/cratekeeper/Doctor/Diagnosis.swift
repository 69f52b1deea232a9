import TokenVault

/// The configuration as far as it can be used: what is wrong is told, and stands in with something harmless, so
/// that everything else can be looked at.
struct Diagnosis: Sendable {
  /// Values of mistaken variables are made up: ask ``mistake(in:)`` before using one.
  let configuration: Configuration
  let findings: [Finding]
  private let mistaken: Set<String>

  /// What variables without a default stand in with.
  private static let harmless = [
    "TOKEN_KEYS": KeyRing.generate(), "SPOTIFY_CLIENT_ID": "unset", "SPOTIFY_CLIENT_SECRET": "unset",
    // Its default follows PUBLIC_URL, which may be what is wrong with it.
    "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/spotify/callback/",
  ]

  /// - Throws: when not even what is right makes a configuration.
  init(environment: [String: String]) throws(ConfigurationMistakes) {
    let mistakes: [(variable: String, mistake: Mistake)]
    do throws(ConfigurationMistakes) {
      configuration = try Configuration(environment: environment)
      mistakes = []
    } catch {
      var repaired = environment
      for (variable, _) in error.mistakes { repaired[variable] = Diagnosis.harmless[variable] }
      configuration = try Configuration(environment: repaired)
      mistakes = error.mistakes
    }
    mistaken = Set(mistakes.map(\.variable))
    findings = Diagnosis.findings(mistakes)
  }

  /// The first of `variables` that is missing or wrong, as a reason not to check what depends on it.
  func mistake(in variables: String...) -> String? {
    variables.first(where: mistaken.contains).map { "\($0) is missing or wrong" }
  }

  private static func findings(_ mistakes: [(variable: String, mistake: Mistake)]) -> [Finding] {
    guard !mistakes.isEmpty else { return [.ok("configuration", "every variable makes sense")] }
    return mistakes.map { variable, mistake in
      // "is not set: what to do", or what to do alone.
      let unset = "is not set: "
      return mistake.message.hasPrefix(unset)
        ? .problem("configuration", "\(variable) is not set", String(mistake.message.dropFirst(unset.count)))
        : .problem("configuration", "\(variable) can't be used", mistake.message)
    }
  }
}
