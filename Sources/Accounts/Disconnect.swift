import Domain
import Logging
import Storage

/// Ends a connection: tokens and everything synced are erased, the account stays.
package struct Disconnect: Sendable {
  private let disconnection: Disconnection
  private let logger: Logger

  package init(disconnection: Disconnection, logger: Logger) {
    self.disconnection = disconnection
    self.logger = logger
  }

  package func callAsFunction(_ user: UserID) async throws(AccountError) -> Disconnection.Receipt {
    let receipt = try await stored { () throws(StorageError) in try await disconnection.disconnect(user) }
    logger.info("disconnected an account", ["user": user.rawValue, "tracks": receipt.tracks])
    return receipt
  }
}
