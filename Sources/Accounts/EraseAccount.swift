import Coordination
import Domain
import Logging
import Storage

/// Erases what is kept of a person, as far as the person wants: the connection with everything that came over it,
/// or the whole account.
package struct EraseAccount: Sendable {
  private let erasure: Erasure
  private let dispatch: JobDispatch
  private let logger: Logger

  package init(erasure: Erasure, dispatch: JobDispatch, logger: Logger) {
    self.erasure = erasure
    self.dispatch = dispatch
    self.logger = logger
  }

  /// Ends a connection: tokens and everything synced are erased, the account and its sessions stay.
  package func disconnect(_ user: UserID) async throws(AccountError) -> ErasureReceipt {
    let receipt = try await stored { () throws(StorageError) in try await erasure.disconnect(user) }
    await leaveLines(user)
    logger.info("disconnected an account", ["user": user.rawValue, "tracks": receipt[.tracks]])
    return receipt
  }

  /// Erases the account and everything that is its.
  ///
  /// - Throws: `accountGone` when another caller's deletion came first.
  package func callAsFunction(_ user: UserID) async throws(AccountError) -> ErasureReceipt {
    let receipt = try await stored { () throws(StorageError) in try await erasure.deleteAccount(user) }
    guard let receipt else { throw AccountError(.accountGone, "the account was deleted already") }
    await leaveLines(user)
    logger.info("erased an account", ["user": user.rawValue, "tracks": receipt[.tracks]])
    return receipt
  }

  private func leaveLines(_ user: UserID) async {
    do { try await dispatch.forget(user) } catch {
      logger.warning(
        "runs that are gone still wait in Redis; a worker drops them", ["error": error.description])
    }
  }
}
