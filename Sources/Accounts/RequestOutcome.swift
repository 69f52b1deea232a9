import Secrets
import SpotifyAPI

/// Sends one request and gives its end as a value.
///
/// Lending a noncopyable token inside `do`/`catch` around an await crashes the compiler (6.3.1); in a function
/// of its own it doesn't.
func outcome<Answer>(
  of request: (borrowing SecretBytes) async throws(SpotifyError) -> Answer, with token: borrowing SecretBytes
) async -> Result<Answer, SpotifyError> {
  do { return .success(try await request(token)) } catch { return .failure(error) }
}
