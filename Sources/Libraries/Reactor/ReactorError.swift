import CLibuv

/// What libuv or the system refused, in its own words.
package struct ReactorError: Error, Equatable, CustomStringConvertible {
  /// The negative errno that libuv returned.
  package let code: Int32
  package let operation: String

  package var description: String { "\(operation): \(String(cString: uv_strerror(code)))" }

  init(_ operation: String, _ code: Int32) {
    self.operation = operation
    self.code = code
  }

  static func check(_ operation: String, _ code: Int32) throws(ReactorError) {
    if code < 0 { throw ReactorError(operation, code) }
  }
}
