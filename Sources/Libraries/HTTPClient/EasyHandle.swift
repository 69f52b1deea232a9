import CCurl

/// One of curl's easy handles with the buffer that it writes its complaints to. Owner of both; used again and
/// again, because making one costs more than a request over a kept connection.
final class EasyHandle {
  let pointer: OpaquePointer
  private let errorBuffer: UnsafeMutablePointer<CChar>
  /// The first option that curl refused since the last reset.
  private(set) var refusal: CURLcode = CURLE_OK

  init?() {
    guard let pointer = curl_easy_init() else { return nil }
    self.pointer = pointer
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    reset()
  }

  deinit {
    curl_easy_cleanup(pointer)
    errorBuffer.deallocate()
  }

  /// curl's sentence about the last transfer, empty when there is none.
  var complaint: String { String(cString: errorBuffer) }

  /// Forgets every option and pointer; connections belong to the multi handle and stay.
  func reset() {
    curl_easy_reset(pointer)
    errorBuffer.pointee = 0
    refusal = client_set_error_buffer(pointer, errorBuffer)
  }

  func set(_ option: CURLoption, _ value: Int) { note(client_set_long(pointer, option, value)) }
  func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }
  func set(_ option: CURLoption, large value: Int) {
    note(client_set_large(pointer, option, curl_off_t(value)))
  }
  /// curl copies the text.
  func set(_ option: CURLoption, _ value: String) { note(client_set_string(pointer, option, value)) }

  /// curl reads the list and the body in place: they must live until the transfer has been removed.
  func set(headers: UnsafeMutablePointer<curl_slist>?) { note(client_set_headers(pointer, headers)) }
  func set(body: UnsafeRawPointer) { note(client_set_body(pointer, body)) }

  func set(onHeader callback: curl_write_callback, _ context: UnsafeMutableRawPointer) {
    note(client_set_on_header(pointer, callback, context))
  }
  func set(onBody callback: curl_write_callback, _ context: UnsafeMutableRawPointer) {
    note(client_set_on_body(pointer, callback, context))
  }

  /// Called with each new socket before it connects.
  func set(onNewSocket callback: curl_sockopt_callback) { note(client_set_on_new_socket(pointer, callback)) }

  private func note(_ result: CURLcode) {
    if refusal == CURLE_OK { refusal = result }
  }
}
