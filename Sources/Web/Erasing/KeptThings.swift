/// What an erasure leaves, in words for the person who asked for it; docs/security.md says more of each.
enum KeptThings {
  static let afterDeletion = [
    "the catalogue of artists, albums and tracks that all users share, names of local files included: not who had what",
    "lines in this server's log, with the account's internal number, for as long as its operator keeps them",
    "backups of the database that were made before, for as long as its operator keeps them",
  ]

  static let afterDisconnecting =
    [
      "the account: Spotify user id, display name, the picture's address, where you are signed in, and your API tokens",
      "that it was connected, and when",
    ] + afterDeletion
}
