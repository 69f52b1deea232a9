extension Duration {
  /// For `Retry-After`: a moment too early would be in vain.
  var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
