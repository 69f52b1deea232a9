import CCurl
import Reactor
import Secrets

/// One exchange on its way: what curl reads from, what has come so far, and who waits for it.
// @unchecked: touched on the client's reactor alone; a canceller on another thread only carries the reference.
final class Transfer: @unchecked Sendable {
  typealias Outcome = Result<HTTPClientResponse, HTTPClientError>

  let request: HTTPClientRequest
  private let headers: HeaderList
  /// Empty for none.
  private let body: SecretBytes

  /// Set while the transfer is in the multi handle.
  var easy: EasyHandle?
  var deadline: ReactorTimer?
  var continuation: CheckedContinuation<Outcome, Never>?

  private var head = ResponseHead()
  private(set) var received: IncomingBody
  /// Why a callback of ours stopped curl; curl's own code would only say that a callback did.
  private var objection: HTTPClientError?

  /// A body that is not reserved by its announced length starts with this much, so that a small one, which
  /// may hold tokens, isn't copied while it grows.
  private static let firstReservation = 16 << 10

  init(_ request: HTTPClientRequest, headers: consuming HeaderList, body: consuming SecretBytes) {
    self.request = request
    self.headers = headers
    self.body = body
    received = IncomingBody(isSecret: request.isAnswerSecret)
  }

  deinit { received.wipe() }

  /// Tells `easy` all that is particular to this request.
  func configure(_ easy: EasyHandle) {
    easy.set(CURLOPT_URL, request.url)
    // Multiplexing is worth waiting for: one connection for many requests. Without TLS there is none.
    easy.set(CURLOPT_HTTP_VERSION, request.isSecure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
    easy.set(CURLOPT_PIPEWAIT, request.isSecure)
    configureMethod(easy)
    easy.set(headers: headers.first)
    let context = Unmanaged.passUnretained(self).toOpaque()
    easy.set(
      onHeader: { bytes, _, count, context in
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        return Transfer.of(context).takeHeader(line) ? count : 0
      }, context)
    easy.set(
      onBody: { bytes, _, count, context in
        let part = UnsafeRawBufferPointer(start: bytes, count: count)
        return Transfer.of(context).takeBody(part) ? count : 0
      }, context)
  }

  /// What the caller gets after curl has ended with `result`.
  func outcome(_ result: CURLcode, _ easy: EasyHandle) -> Outcome {
    if let objection { return .failure(objection) }
    guard result == CURLE_OK else { return .failure(HTTPClientError(result, detail: easy.complaint)) }
    // curl takes a connection that ends within the headers for an answer without a body.
    guard head.isComplete else {
      return .failure(HTTPClientError(.connectionLost, "the connection ended within the headers"))
    }
    return .success(
      HTTPClientResponse(
        status: client_response_code(easy.pointer), head: head, body: received.take()))
  }

  private func configureMethod(_ easy: EasyHandle) {
    let method = request.method
    // A GET with an empty body announces none; an empty POST has to.
    let carriesBody = body.count > 0 || method == "POST" || method == "PUT" || method == "PATCH"
    if method == "HEAD" {
      easy.set(CURLOPT_NOBODY, true)
    } else {
      // It can be told from the head; for HEAD the length says nothing about what comes.
      easy.set(CURLOPT_MAXFILESIZE_LARGE, large: max(1, request.maximumBodyBytes))
    }
    if carriesBody {
      easy.set(CURLOPT_POST, true)
      easy.set(CURLOPT_POSTFIELDSIZE_LARGE, large: body.count)
      // The memory is this transfer's own and stays where it is: it outlives the handle's use of it.
      easy.set(body: body.withUnsafeBytes { $0.baseAddress! })
    } else {
      easy.set(CURLOPT_HTTPGET, method != "HEAD")
    }
    if method != "GET" || carriesBody { easy.set(CURLOPT_CUSTOMREQUEST, method) }
  }

  private func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    if head.take(line) { return true }
    objection = HTTPClientError(.malformedResponse, "more than \(ResponseHead.maximumBytes) bytes of headers")
    return false
  }

  func takeBody(_ part: UnsafeRawBufferPointer) -> Bool {
    guard received.bytes.count + part.count <= request.maximumBodyBytes else {
      objection = HTTPClientError(.bodyTooLarge, "more than \(request.maximumBodyBytes) bytes of body")
      return false
    }
    if received.bytes.isEmpty { reserve() }
    received.append(part)
    return true
  }

  private func reserve() {
    let announced = easy.map { Int(client_content_length($0.pointer)) } ?? -1
    let isPlain = announced >= 0 && head.firstValue(of: "Content-Encoding") == nil
    let expected = isPlain ? announced : max(Transfer.firstReservation, 4 * max(0, min(announced, 1 << 30)))
    received.reserve(min(expected, request.maximumBodyBytes))
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer {
    Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
  }
}
