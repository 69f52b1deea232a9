/// What a person does to the followed artists behind the client's back. Every part may be left out.
package struct FollowEdit: Codable, Sendable {
  /// What an edit did.
  package struct Outcome: Codable, Sendable {
    package var followed: [String]
    package var unfollowed: [String]
    package var total: Int
    package var version: Int
  }

  /// How many artists to follow that were not followed before.
  package var follow: Int?
  /// Ids of artists to follow besides.
  package var followIds: [String]?
  /// Positions before the edit, in the order of the answers, or ids.
  package var unfollow: [LibraryEdit.Reference]?
  /// What `total` is off by from now on.
  package var totalOffset: Int?

  package init(
    follow: Int? = nil, followIds: [String]? = nil, unfollow: [LibraryEdit.Reference]? = nil,
    totalOffset: Int? = nil
  ) {
    self.follow = follow
    self.followIds = followIds
    self.unfollow = unfollow
    self.totalOffset = totalOffset
  }
}
