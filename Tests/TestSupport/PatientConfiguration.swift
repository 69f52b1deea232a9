import PostgreSQL

extension PostgreSQLConfiguration {
  /// For tests that don't try a slow server: hundreds of them connect at once, on a machine that may be busy.
  package static func patient(url: String) throws(PostgreSQLError) -> PostgreSQLConfiguration {
    var configuration = try PostgreSQLConfiguration(url: url)
    configuration.connectTimeout = .seconds(60)
    configuration.statementDeadline = .seconds(60)
    return configuration
  }
}
