/// Something that goes wrong with the requests it matches.
///
/// All conditions that are given must hold. `nth` counts the matching requests since the rule was made.
package struct Fault: Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// 429 with `Retry-After` (default 1): the rate limit of a rolling 30 s.
    case rateLimit = "rate_limit"
    /// 429 with `reason: QUOTA_EXCEEDED` and a long `Retry-After` (default 48,925): the daily quota.
    case quotaExceeded = "quota_exceeded"
    /// 17 bytes of plain text, with `status` 429 unless told otherwise.
    case plainText = "plain_text"
    /// `status` (default 500) in Spotify's envelope, with `message`, `reason` and `retry_after` if given.
    case status
    /// The connection ends in the middle of the body.
    case cut
    /// `milliseconds` (default 1,000) more than usual.
    case slow
    /// 200 and a page of HTML where JSON belongs.
    case html
    /// 200, whole for HTTP, but the JSON stops half-way.
    case truncated
    /// The token endpoint's `invalid_grant`, "Refresh token revoked" unless `message` says otherwise.
    case invalidGrant = "invalid_grant"
    /// `null` in place of the element at `index` (default 0) of the page.
    case nullElement = "null_element"
    /// An element of the wrong types in place of the one at `index`.
    case malformedElement = "malformed_element"
    /// `total` says `value`.
    case total
    /// The first page whatever was asked for, with the first page's links: a scan that follows them never ends.
    case repeatPage = "repeat_page"
    /// The cursor of the page leads back to the first artist.
    case loopCursor = "loop_cursor"
    /// A command of the player works, but is answered 200 (or `status`) with a body that isn't JSON.
    case nonJSON = "non_json"
  }

  package var kind: Kind
  package var group: EndpointGroup?
  /// The path begins with it.
  package var path: String?
  /// The id of the user whose token it is.
  package var user: String?
  /// The `offset` of the query; none counts as 0.
  package var offset: Int?
  package var grantType: String?
  /// The `limit` of the query is higher; none counts as 20.
  package var limitAbove: Int?
  /// The first matching request that fails, from 1.
  package var nth: Int?
  /// How many fail from there on (default 1); 0: all.
  package var times: Int?
  package var status: Int?
  package var retryAfter: Int?
  package var milliseconds: Int?
  package var index: Int?
  package var value: Int?
  /// `{credentials}` in it becomes everything secret that the request came with.
  package var message: String?
  package var reason: String?

  package init(
    _ kind: Kind, group: EndpointGroup? = nil, path: String? = nil, user: String? = nil, offset: Int? = nil,
    grantType: String? = nil, limitAbove: Int? = nil, nth: Int? = nil, times: Int? = nil, status: Int? = nil,
    retryAfter: Int? = nil,
    milliseconds: Int? = nil, index: Int? = nil, value: Int? = nil, message: String? = nil,
    reason: String? = nil
  ) {
    self.kind = kind
    self.group = group
    self.path = path
    self.user = user
    self.offset = offset
    self.grantType = grantType
    self.limitAbove = limitAbove
    self.nth = nth
    self.times = times
    self.status = status
    self.retryAfter = retryAfter
    self.milliseconds = milliseconds
    self.index = index
    self.value = value
    self.message = message
    self.reason = reason
  }
}
