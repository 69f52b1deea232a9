import Domain
import FoundationEssentials
import PostgreSQL
import Redis

extension FuzzTarget {
  /// Times as Spotify writes them.
  static let timestamps = FuzzTarget(
    "timestamps",
    seeds: [
      "2016-10-24T15:03:07Z", "2016-10-24T15:03:07.123456789Z", "2024-02-29T23:59:60Z",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59.9999999Z", "2023-02-29T00:00:00Z", "2016-10-24T15:03:07+02:00",
      "0000-01-01T00:00:00Z", "4155-12-31T23:59:59.99999Z",
    ],
    words: ["T", "Z", ".", "-", ":", "02-29", "12-31", "9999", "0001", "23:59:59", ".9999999"]
  ) { input in
    let text = input.text
    guard let date = Timestamp.date(text) else { return }
    let written = Timestamp.text(date)
    guard let again = Timestamp.date(written) else {
      throw Broken(description: "what was read can't be written: \(text) became \(written)")
    }
    try hold(again <= date && date.timeIntervalSince(again) < 1, "\(text) became \(written)")
    try hold(Timestamp.text(again) == written, "a written time is read as what it is: \(written)")
    if text.utf8.count == 20 { try hold(written == text, "\(text) became \(written)") }
  }

  /// `DATABASE_URL` and `REDIS_URL`: an operator's slip must never show a password.
  static let addresses = FuzzTarget(
    "addresses",
    seeds: [
      "h:6379/0\nuser", "[::1]:7000/\nu%3As", "h:0/x\n", "/db\n", "h:5432/db?sslmode=require\nu",
      "h:99999/\nu",
      "h/%zz\nu:", "[::1\nu", "h?x\n ", "h#\n@", "h\n\u{6da}u/1", "h\n\u{317}%,:1h8\n-%",
    ],
    words: ["%", "%zz", "@", ":", "/", "?", "[", "]", "::1", "sslmode=", "=", "&", "'", " ", ",", "65536"]
  ) { input in
    let (host, user) = (input.line(), input.line())
    let password = "hunter2"
    for separator in ["", input.text] {
      let rest = "\(user):\(password)\(separator)@\(host)"
      do throws(RedisError) {
        let address = try RedisConfiguration(url: "redis://\(rest)")
        if address.port == 0 || address.host.isEmpty || address.database < 0 {
          throw RedisError(code: .protocolViolation, message: "a usable address")
        }
      } catch {
        try hold(error.code == .configuration, "what is accepted is \(error)")
        try hold(!error.description.contains(password), "no password is shown: \(error)")
      }
      do throws(PostgreSQLError) {
        let description = try PostgreSQLConfiguration(url: "postgres://\(rest)").description
        if description.contains(password), !host.contains(password), !user.contains(password) {
          throw PostgreSQLError(.decoding, "the description shows a password")
        }
      } catch {
        try hold(error.code == .configuration, "\(error)")
        try hold(!error.message.contains(password), "no password is shown: \(error)")
      }
    }
  }
}
