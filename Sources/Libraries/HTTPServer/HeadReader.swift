import CMicroHTTPD

/// Takes the headers of a request over from libmicrohttpd, and shows each to the guard on the way.
struct HeadReader {
  private(set) var headers = HTTPHeaders()
  private(set) var guardian: FramingGuard

  init(
    _ handle: OpaquePointer, method: UnsafeBufferPointer<UInt8>, target: UnsafeBufferPointer<UInt8>,
    version: UnsafeBufferPointer<UInt8>
  ) {
    let size = mhd_header_size(handle)
    guardian = FramingGuard(method: method, target: target, version: version, headSize: size)
    headers.reserve(size + 64)
    withUnsafeMutablePointer(to: &self) { reader in
      _ = MHD_get_connection_values_n(
        handle, .HEADER_KIND,
        { reader, _, name, nameCount, value, valueCount in
          let reader = reader!.assumingMemoryBound(to: HeadReader.self)
          let name = bytes(name, nameCount)
          let value = bytes(value, valueCount)
          reader.pointee.guardian.see(name: name, value: value)
          reader.pointee.headers.append(name, value)
          return .YES
        }, reader)
    }
  }
}

private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(
    start: UnsafeRawPointer(start)?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count)
}

extension HTTPMethod {
  /// Methods are case-sensitive (RFC 9110, section 9.1).
  init?(_ name: UnsafeBufferPointer<UInt8>) {
    switch name.count {
    case 3 where name.isExactly("GET"): self = .get
    case 4 where name.isExactly("POST"): self = .post
    case 4 where name.isExactly("HEAD"): self = .head
    case 3 where name.isExactly("PUT"): self = .put
    case 5 where name.isExactly("PATCH"): self = .patch
    case 6 where name.isExactly("DELETE"): self = .delete
    case 7 where name.isExactly("OPTIONS"): self = .options
    default: return nil
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate func isExactly(_ text: StaticString) -> Bool {
    elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
