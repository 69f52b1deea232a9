import Redis
import Testing

@Suite("A Redis URL")
struct RedisConfigurationTests {
  @Test("is read in all of its forms")
  func forms() throws {
    let plain = try RedisConfiguration(url: "redis://cache.internal")
    #expect(plain.host == "cache.internal" && plain.port == 6_379 && plain.database == 0)
    #expect(plain.user == nil && plain.password == nil)
    let full = try RedisConfiguration(url: "redis://us%3Aer:p%40ss:w@h:7000/12")
    #expect(full.user == "us:er" && full.password == "p@ss:w")
    #expect(full.host == "h" && full.port == 7_000 && full.database == 12)
    let six = try RedisConfiguration(url: "redis://:x@[::1]:7000/")
    #expect(six.host == "::1" && six.port == 7_000 && six.user == nil && six.password == "x")
  }

  @Test("with TLS is refused with what to do")
  func tls() {
    let refused = #expect(throws: RedisError.self) {
      try RedisConfiguration(url: "rediss://:hunter2@host:6379")
    }
    #expect(refused?.code == .configuration)
    #expect(refused?.message.contains("TLS tunnel") == true)
    #expect(refused?.message.contains("hunter2") == false)
  }

  @Test(
    "that is wrong is refused without being repeated",
    arguments: [
      "", "localhost:6379", "redis://", "redis://:6379", "redis://h:0", "redis://h:70000", "redis://h:x",
      "redis://h/x", "redis://h/-1", "redis://hunter2@h", "redis://u:@h", "redis://u:hunter2%zz@h",
      "redis://u:hunter2%+1@h",
      "redis://u:hunter2@h?tls=1", "redis://[::1]x", "redis://h/1/2", "redis://u:hunter2@h :1",
    ])
  func wrong(_ url: String) {
    let refused = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
    #expect(refused?.code == .configuration)
    #expect(refused?.message.contains("hunter2") == false)
  }
}
