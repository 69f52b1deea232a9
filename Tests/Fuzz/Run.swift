import Glibc

#if LIBFUZZER
  // From libFuzzer, which `-sanitize=fuzzer` links. Its own `main` is left aside: SwiftPM has the program's.
  @_silgen_name("LLVMFuzzerRunDriver")
  private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
  ) -> CInt

  @_cdecl("LLVMFuzzerTestOneInput")
  public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if !Program.passes(Array(UnsafeBufferPointer(start: start, count: count))) { abort() }
    return 0
  }

  extension Program {
    /// Fuzzes until libFuzzer has found something, or its time is over.
    static func run(_ arguments: [String]) -> CInt {
      var count = CommandLine.argc - 1
      // The target's name stands where libFuzzer expects the program's.
      var rest = CommandLine.unsafeArgv + 1
      return runDriver(&count, &rest, testOneInput)
    }
  }
#else
  extension Program {
    /// Hands files to the target.
    static func run(_ files: [String]) -> CInt {
      var code: CInt = 0
      for file in files {
        do {
          let isWhole = passes(try Corpus.read(file))
          print("\(file): \(isWhole ? "passes" : "fails")")
          if !isWhole { code = 1 }
        } catch {
          print("\(file): \(error)")
          code = 2
        }
      }
      return code
    }
  }
#endif
