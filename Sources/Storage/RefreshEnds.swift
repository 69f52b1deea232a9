import Domain
import FoundationEssentials
import PostgreSQL

/// How the right to ask for a token is given back without one.
extension Grants {
  /// Nothing else is touched: what went wrong doesn't concern this grant.
  package func returnRefresh(of user: UserID, holder: UUID) async throws(StorageError) {
    _ = try await database.asUser(
      user,
      """
      UPDATE spotify_grant
      SET refresh_lease = NULL, refresh_lease_until = NULL
      WHERE user_id = \(user.rawValue) AND refresh_lease = \(holder)
      """)
  }

  /// Spotify gave no answer that says anything of the grant.
  package func giveUpRefresh(of user: UserID, holder: UUID, error: String) async throws(StorageError) {
    _ = try await database.asUser(
      user,
      """
      UPDATE spotify_grant
      SET refresh_lease = NULL, refresh_lease_until = NULL, last_error = \(error.withoutNUL)
      WHERE user_id = \(user.rawValue) AND refresh_lease = \(holder)
      """)
  }

  /// Spotify refused the refresh token. What that means is judged by what others hear, in the transaction that
  /// writes it. The access token at hand counts as ended, for it was refused too or about to end: nobody is to take
  /// the connection for a usable one.
  ///
  /// - Returns: nil when somebody else has the lease by now; nothing is written.
  package func refuseRefresh(
    of user: UserID, holder: UUID, error: String
  ) async throws(StorageError) -> RefusalJudgement? {
    try await database.transaction(as: user) { transaction in
      // Judgements of an app wait for each other: none may keep the others waiting for long, its process stopped or not.
      _ = try await transaction.query(
        """
        SELECT set_config('lock_timeout', '5s', true),
               set_config('idle_in_transaction_session_timeout', '5s', true)
        """)
      // In an outage, when there are the most of them, none has to wait.
      var judgement = try await Grants.judge(user, holder, waiting: false, &transaction)
      if judgement?.withstandsMoreRefusals == false {
        judgement = try await Grants.judge(user, holder, waiting: true, &transaction)
      }
      guard let judgement else { return nil }
      let written = try await transaction.query(Grants.verdict(judgement, user, holder, error))
      return written.affected == 1 ? judgement : nil
    }
  }

  /// - Parameter waiting: for the judgements under way of the same app, and making later ones wait for this one.
  /// - Returns: nil when somebody else has the lease.
  private static func judge(
    _ user: UserID, _ holder: UUID, waiting: Bool, _ transaction: inout Transaction
  ) async throws -> RefusalJudgement? {
    guard let evidence = try await transaction.query(evidence(user, holder, waiting: waiting)).first else {
      return nil
    }
    return RefusalJudgement(
      RefusalJudgement.Own(
        refusals: try evidence.decode(0), refusedFor: .seconds(try evidence.decode(1, as: Double.self)),
        hasEnded: try evidence.decode(2)),
      among: RefusalJudgement.Others(
        worked: try evidence.decode(3), refused: try evidence.decode(4), asking: try evidence.decode(5)))
  }

  private static func evidence(_ user: UserID, _ holder: UUID, waiting: Bool) -> SQL {
    let patience: SQL = "make_interval(secs => \(RefusalJudgement.patience.seconds))"
    return """
      SELECT held.refusals + 1,
             extract(epoch FROM now() - coalesce(held.suspect_since, now()))::double precision,
             held.ends_at <= now(), others.worked, others.refused, others.asking
      FROM spotify_grant AS held
      CROSS JOIN LATERAL answers_to_others(
        least(held.refused_at, now() - \(sql: patience)),
        least(held.refused_at, now() - \(sql: patience)) - \(sql: patience),
        coalesce(held.suspect_since, now()), \(waiting)) AS others
      WHERE held.user_id = \(user.rawValue) AND held.refresh_lease = \(holder)
      """
  }

  private static func verdict(
    _ judgement: RefusalJudgement, _ user: UserID, _ holder: UUID, _ error: String
  ) -> SQL {
    let status = judgement == .dead ? Grant.Status.dead : .suspect
    return """
      UPDATE spotify_grant
      SET refresh_lease = NULL,
          refresh_lease_until = NULL,
          last_error = \(error.withoutNUL),
          access_token_expires_at = least(access_token_expires_at, clock_timestamp()),
          status = \(status.rawValue),
          suspect_since = coalesce(suspect_since, now()),
          refused_at = clock_timestamp(),
          refusals = refusals + 1,
          -- Not all of those who were refused together come back together.
          refresh_not_before = clock_timestamp()
            + make_interval(secs => \(judgement.patience?.seconds) * (1 + random() * 0.1))
      WHERE user_id = \(user.rawValue) AND refresh_lease = \(holder)
      """
  }
}
