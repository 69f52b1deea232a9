/// What a browser may be called before a person, guessed from what it calls itself.
enum BrowserName {
  /// In this order: most name the others, too.
  private static let programs = [
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chromium/", "Chromium"),
    ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"),
  ]
  private static let systems = [
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
  ]

  /// Such as “Firefox on Linux”; for what is no browser, what it calls itself, shortened.
  static func of(_ userAgent: String) -> String {
    guard let program = programs.first(where: { userAgent.contains($0.0) })?.1 else {
      let name = userAgent.trimmed
      if name.isEmpty { return "An unnamed program" }
      return name.count > 60 ? name.prefix(60) + "…" : name
    }
    guard let system = systems.first(where: { userAgent.contains($0.0) })?.1 else { return program }
    return "\(program) on \(system)"
  }
}
