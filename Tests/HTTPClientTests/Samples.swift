enum Samples {
  static let unzipped = String(repeating: "cratekeeper ", count: 100)

  /// `unzipped`, as gzip made it.
  static let gzip: [UInt8] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 46, 74, 44, 73, 205, 78, 77, 45, 72, 45, 82, 72, 30, 101, 143,
    178, 71, 217, 163, 236, 65, 204, 6, 0, 246, 152, 113, 172, 176, 4, 0, 0,
  ]
}
