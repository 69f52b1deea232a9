/// Why the simulator can't do what it was told, in a sentence for whoever told it.
package struct SimulatorError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
