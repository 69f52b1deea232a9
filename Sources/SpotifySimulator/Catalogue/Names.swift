/// Invents names; the same generator gives the same name.
enum Names {
  /// An artist's name. One in sixty is of the kind that breaks careless pages.
  static func artist(_ random: inout SplitMix64) -> String {
    if random.oneIn(60) { return random.pick(Words.oddNames) }
    switch random.below(5) {
    case 0: return "The " + invented(&random) + "s"
    case 1: return invented(&random) + " " + invented(&random)
    case 2: return invented(&random) + " & the " + Words.languages[0].second[random.below(8)]
    default: return pair(&random)
    }
  }

  /// The title of an album or a track.
  static func title(_ random: inout SplitMix64) -> String {
    if random.oneIn(150) { return random.pick(Words.oddNames) }
    switch random.below(4) {
    case 0: return pair(&random) + random.pick(Words.suffixes)
    case 1: return invented(&random) + random.pick(Words.suffixes)
    default: return random.pick(Words.titles) + random.pick(Words.suffixes)
    }
  }

  private static func pair(_ random: inout SplitMix64) -> String {
    // Every second name is in English, as in most catalogues.
    let language = Words.languages[random.oneIn(2) ? 0 : random.below(Words.languages.count)]
    let space = language.first[0].utf8.first! > 0xE2 ? "" : " "
    return random.pick(language.first) + space + random.pick(language.second)
  }

  private static func invented(_ random: inout SplitMix64) -> String {
    var word = random.pick(Words.syllables)
    for _ in 0...random.below(2) { word += random.pick(Words.syllables) }
    return word.prefix(1).uppercased() + word.dropFirst()
  }
}
