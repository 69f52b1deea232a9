/// A cover made of its id: the same id has the same shapes and colours.
enum Cover {
  static let sizes = [640, 300, 64]

  /// An SVG for `name`, which is a size, a hyphen and an id; nil for everything else.
  static func svg(_ name: some StringProtocol) -> String? {
    let parts = name.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, let size = Int(parts[0]), sizes.contains(size),
      (1...64).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(isAlphanumeric)
    else { return nil }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in parts[1].utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var random = SplitMix64(seed: hash)
    let hue = random.below(360)
    func colour(_ turn: Int, _ light: Int) -> String { "hsl(\((hue + turn) % 360) 62% \(light)%)" }
    var shapes = ""
    for number in 0..<4 {
      let (x, y) = (random.below(101), random.below(101))
      let fill = colour([25, 180, 205, 330][number], 38 + random.below(35))
      switch random.below(3) {
      case 0: shapes += "<circle cx='\(x)' cy='\(y)' r='\(12 + random.below(34))' fill='\(fill)'/>"
      case 1:
        let (width, angle) = (10 + random.below(50), random.below(180))
        shapes +=
          "<rect x='\(x - width / 2)' y='-60' width='\(width)' height='220' fill='\(fill)' "
          + "transform='rotate(\(angle) \(x) \(y))'/>"
      default:
        shapes += "<path d='M\(x) \(y)L\(random.below(101)) 110L-10 \(random.below(101))Z' fill='\(fill)'/>"
      }
    }
    return "<svg xmlns='http://www.w3.org/2000/svg' width='\(size)' height='\(size)' viewBox='0 0 100 100'>"
      + "<rect width='100' height='100' fill='\(colour(0, 28))'/>\(shapes)</svg>"
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}
