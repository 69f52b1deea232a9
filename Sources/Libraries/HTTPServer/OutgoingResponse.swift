import CMicroHTTPD

/// An ``HTTPResponse`` as libmicrohttpd wants it.
struct OutgoingResponse {
  let status: Int
  let handle: OpaquePointer
  private(set) var stream: StreamBody?

  /// Nil for what must not be sent: a status outside of 200 to 599, a header's name that is no token, a value
  /// with a line break or another control character.
  init?(_ response: HTTPResponse, for connection: Connection, closing: Bool) {
    guard (200...599).contains(response.status) else { return nil }
    status = response.status
    guard let handle = OutgoingResponse.makeBody(response, for: connection, stream: &stream) else {
      return nil
    }
    self.handle = handle
    var isSendable = true
    response.headers.forEachField { name, value in
      guard isSendable else { return }
      isSendable = OutgoingResponse.add(name, value, to: handle)
    }
    if closing { MHD_add_response_header(handle, "Connection", "close") }
    guard isSendable else {
      MHD_destroy_response(handle)
      return nil
    }
  }

  private static func add(
    _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, to handle: OpaquePointer
  ) -> Bool {
    guard !name.isEmpty, name.allSatisfy(\.isTokenCharacter), value.allSatisfy(\.isValueCharacter) else {
      return false
    }
    // The framing is the server's own, whatever the handler thinks of it.
    if name.equalsIgnoringCase("content-length") || name.equalsIgnoringCase("transfer-encoding") {
      return true
    }
    if name.equalsIgnoringCase("connection"), !value.equalsIgnoringCase("close") { return true }
    // libmicrohttpd refuses empty values; such a field says nothing that its absence doesn't.
    if value.isEmpty { return true }
    let name = UnsafeRawPointer(name.baseAddress!).assumingMemoryBound(to: CChar.self)
    let value = UnsafeRawPointer(value.baseAddress!).assumingMemoryBound(to: CChar.self)
    return MHD_add_response_header(handle, name, value) == .YES
  }

  private static func makeBody(
    _ response: HTTPResponse, for connection: Connection, stream: inout StreamBody?
  ) -> OpaquePointer? {
    if response.status == 204 || response.status == 304 { return empty() }
    switch response.body {
    case .empty: return empty()
    case .bytes(let bytes):
      return bytes.isEmpty ? empty() : own(bytes)
    case .shared(let shared):
      // Retained until libmicrohttpd has sent it; the bytes never move.
      return MHD_create_response_from_buffer_with_free_callback_cls(
        shared.storage.count, shared.storage.baseAddress,
        { Unmanaged<SharedBytes>.fromOpaque($0!).release() }, Unmanaged.passRetained(shared).toOpaque())
    case .stream(let write):
      let body = StreamBody(for: connection, write)
      stream = body
      // Retained until libmicrohttpd has no more use for the reader.
      let handle = MHD_create_response_from_callback(
        UInt64.max, 16 * 1024,
        { body, _, buffer, room in
          Unmanaged<StreamBody>.fromOpaque(body!).takeUnretainedValue()
            .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: room))
        }, Unmanaged.passRetained(body).toOpaque(),
        { Unmanaged<StreamBody>.fromOpaque($0!).release() })
      // libmicrohttpd would send the last chunk, which isn't part of an answer to HEAD.
      if connection.isHead, let handle { mhd_end_with_connection(handle) }
      return handle
    }
  }

  private static func empty() -> OpaquePointer? {
    MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
  }

  /// Short bodies are copied, which is cheaper than to hold them; long ones are held and sent from where they lie.
  private static func own(_ bytes: [UInt8]) -> OpaquePointer? {
    guard bytes.count > 4_096 else {
      return bytes.withUnsafeBytes {
        MHD_create_response_from_buffer(
          $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
      }
    }
    let held = HeldBytes(bytes)
    return MHD_create_response_from_buffer_with_free_callback_cls(
      bytes.count, UnsafeMutableRawPointer(mutating: held.start),
      { Unmanaged<HeldBytes>.fromOpaque($0!).release() }, Unmanaged.passRetained(held).toOpaque())
  }
}

/// Keeps an array, and with it the place of its bytes, until libmicrohttpd has sent them.
///
/// The address outlives `withUnsafeBytes`: an array of bytes on this platform is one buffer on the heap, and
/// nobody can change it in place while this object shares it.
private final class HeldBytes {
  private let bytes: [UInt8]
  let start: UnsafeRawPointer?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    start = bytes.withUnsafeBytes { $0.baseAddress }
  }
}
