import Domain
import FoundationEssentials

/// Times as HTTP's fields write them: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// - Parameter date: not before 1970.
  static func text(_ date: Date) -> String {
    let iso = Array(Timestamp.text(date))
    let day = days[Int(date.timeIntervalSince1970 / 86_400) % 7]
    let month = months[(Int(String(iso[5...6])) ?? 1) - 1]
    return "\(day), \(String(iso[8...9])) \(month) \(String(iso[0...3])) \(String(iso[11...18])) GMT"
  }
}
