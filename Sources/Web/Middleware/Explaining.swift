import HTTPServer

/// Turns errors into problems: JSON for programs, a page for people. What nobody expected is logged, here and
/// once.
func explaining(_ next: @escaping Handler) -> Answerer {
  { call in
    do {
      return try await next(call)
    } catch {
      let problem = explain(error, to: call)
      return call.prefersPage ? ProblemPage.response(problem, requestID: call.id) : problem.response
    }
  }
}

private func explain(_ error: any Error, to call: Call) -> Problem {
  guard let problem = Problem(error) else { return call.unexpected(error) }
  if problem.code == Problem.abandoned.code {
    // Nobody reads the answer: the client has gone, or the server ends.
    call.logger.debug("a request was cancelled", ["path": call.request.path])
  } else if [502, 503].contains(problem.status), problem.code != Problem.tooManySignInsCode {
    call.logger.warning(
      "a request could not be served",
      [
        "path": call.request.path, "code": problem.code,
        "error": error is Problem ? problem.detail : "\(error)",
      ])
  }
  return problem
}

extension Call {
  /// Logs an error that nobody expected, and says what its caller gets.
  func unexpected(_ error: any Error) -> Problem {
    logger.error("a request failed", ["path": request.path, "error": "\(error)"])
    return .unexpected
  }
}
