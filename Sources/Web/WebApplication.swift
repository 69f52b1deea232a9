import HTTPServer

/// The service's HTTP edge on one reactor.
package struct WebApplication: Sendable {
  private let edge: Edge

  package init(_ services: WebServices) {
    edge = Edge(services)
  }

  /// Answers a request, on the services' reactor. Never throws: what goes wrong is a problem with a status.
  package func handle(_ request: HTTPRequest) async -> HTTPResponse {
    await WebApplication.answer(Call(edge, request))
  }

  /// What the server itself refuses before a request gets here.
  ///
  /// - Parameter detail: a sentence about what was wrong with the request.
  package func refuse(status: Int, detail: String) -> HTTPResponse { edge.refuse(status, detail) }

  /// From the outside in: who comes first here sees the request first and the response last.
  private static let answer: Answerer =
    logging(
      identifying(
        securing(
          explaining(
            refusingCrossSite(
              refusingMalformedJSON(
                routing(
                  Routes.table,
                  limiting(handling))))))))
}

/// The operations address: for whoever runs the service, never for the world.
package struct OperationsApplication: Sendable {
  private let edge: Edge

  package init(_ services: WebServices) {
    edge = Edge(services)
  }

  package func handle(_ request: HTTPRequest) async -> HTTPResponse {
    await OperationsApplication.answer(Call(edge, request))
  }

  /// The same as ``WebApplication/refuse(status:detail:)``.
  package func refuse(status: Int, detail: String) -> HTTPResponse { edge.refuse(status, detail) }

  /// Without a log line: what asks here asks every few seconds.
  private static let answer: Answerer =
    identifying(securing(explaining(routing(Routes.operations, handling))))
}

/// Answers, whatever happens.
typealias Answerer = @Sendable (Call) async -> HTTPResponse

/// Answers, or throws what ``Problem/init(_:)`` explains.
typealias Handler = @Sendable (Call) async throws -> HTTPResponse
