/// Runs `count` tasks at once on the caller's executor and collects what they give.
package func atOnce<R: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> R
) async throws -> [R] {
  try await withThrowingTaskGroup(of: R.self) { group in
    for number in 0..<count { group.addTask { try await body(number) } }
    var results: [R] = []
    for try await result in group { results.append(result) }
    return results
  }
}
