/// The keys of one deployment in a Redis that others may use too.
///
/// The braces make the prefix a hash tag: all keys live in one slot, so that a script may touch several of them
/// on a cluster as well.
package struct Namespace: Sendable {
  private let prefix: String

  /// - Parameter name: letters, digits and `-`; two deployments on one Redis need two names.
  package init(_ name: String = "cratekeeper") {
    prefix = "{\(name)}:"
  }

  func key(_ parts: String...) -> String { prefix + parts.joined(separator: ":") }
}
