/// Named values of a line, in the order they were given; a name is there once.
package struct LogFields: Sendable, ExpressibleByDictionaryLiteral {
  private(set) var pairs: [(name: String, value: LoggedValue)] = []

  package init(dictionaryLiteral pairs: (String, any LogValue)...) {
    self.pairs.reserveCapacity(pairs.count)
    for (name, value) in pairs { put(name, value.logged) }
  }

  /// Sets a field, in the place of one with the same name; nil removes it.
  package mutating func set(_ name: String, _ value: (any LogValue)?) { put(name, value?.logged) }

  /// These fields and `other`'s, which win.
  func merging(_ other: LogFields) -> LogFields {
    var merged = self
    for (name, value) in other.pairs { merged.put(name, value) }
    return merged
  }

  func sharesName(with other: LogFields) -> Bool {
    other.pairs.contains { pair in pairs.contains { $0.name == pair.name } }
  }

  private mutating func put(_ name: String, _ value: LoggedValue?) {
    let index = pairs.firstIndex { $0.name == name }
    switch (index, value) {
    case (let index?, let value?): pairs[index].value = value
    case (let index?, nil): pairs.remove(at: index)
    case (nil, let value?): pairs.append((name, value))
    case (nil, nil): break
    }
  }
}
