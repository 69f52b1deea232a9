import CCurl

/// Why there is no answer. An answer with an error status is none of these.
package struct HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The request breaks HTTP's grammar; nothing was sent.
    case invalidRequest
    /// Neither `http` nor `https`; nothing was sent.
    case unsupportedScheme
    case nameNotResolved
    /// Refused or unreachable: the server has not seen the request.
    case notConnected
    /// Reset, closed without an answer, or its framing broke: the server may have seen the request.
    case connectionLost
    /// The handshake failed or the certificate isn't to be trusted.
    case tls
    /// What came is not HTTP.
    case malformedResponse
    /// Fewer bytes came than were announced.
    case bodyCut
    /// The body isn't what its `Content-Encoding` says.
    case badEncoding
    case bodyTooLarge
    /// The deadline, or the shorter one for connecting.
    case timedOut
    /// The calling task was cancelled.
    case cancelled
    /// The client was closed.
    case closed
    /// Out of memory or descriptors, or a fault inside curl.
    case failed
  }

  package let code: Code
  /// A sentence for the log: never holds a header, a body or a URL's query.
  package let message: String

  package var description: String { "\(code.rawValue): \(message)" }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// - Parameter detail: what curl wrote about this case; empty when it didn't.
  init(_ result: CURLcode, detail: String) {
    // Proxies' messages may quote the proxy's URL, with its password.
    let hidesDetail = result == CURLE_COULDNT_RESOLVE_PROXY || detail.isEmpty
    self.init(
      HTTPClientError.code(of: result), hidesDetail ? String(cString: curl_easy_strerror(result)) : detail)
  }

  private static func code(of result: CURLcode) -> Code {
    switch result {
    case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .invalidRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameNotResolved
    case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_NO_CONNECTION_AVAILABLE: .notConnected
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR: .connectionLost
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED,
      CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CLIENTCERT:
      .tls
    // The scheme was checked before: what is unsupported here is an answer without a status line.
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      .malformedResponse
    case CURLE_PARTIAL_FILE: .bodyCut
    case CURLE_BAD_CONTENT_ENCODING: .badEncoding
    case CURLE_FILESIZE_EXCEEDED: .bodyTooLarge
    case CURLE_OPERATION_TIMEDOUT: .timedOut
    default: .failed
    }
  }
}
