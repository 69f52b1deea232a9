import CMicroHTTPD

/// What libmicrohttpd calls, turned into calls of ``Daemon`` and ``Connection``.
///
/// All of them run on the reactor, inside of `MHD_run` or `MHD_stop_daemon`. The pointers are unretained: a
/// daemon outlives its handle, and it holds each connection until libmicrohttpd has closed it.
func daemonSettings(_ configuration: HTTPServerConfiguration) -> mhd_settings {
  var settings = mhd_settings()
  settings.connection_limit = UInt32(clamping: configuration.connectionLimit)
  settings.connections_per_address = UInt32(clamping: configuration.connectionsPerAddress ?? 0)
  settings.connection_memory = configuration.headerBytes
  settings.notify = { owner, handle, context, code in
    if code == .CONNECTION_NOTIFY_STARTED {
      let daemon = Unmanaged<Daemon>.fromOpaque(owner!).takeUnretainedValue()
      context!.pointee = Unmanaged.passUnretained(daemon.opened(handle!)).toOpaque()
    } else {
      connection(context!.pointee).closed()
    }
  }
  settings.target = { _, target, handle in
    let context = mhd_socket_context(handle)
    connection(context).began(target: target!)
    return context
  }
  settings.access = { _, _, _, method, version, data, size, context in
    let connection = connection(context!.pointee)
    switch connection.phase {
    case .head:
      return connection.headArrived(method: method!, version: version!) ? .YES : .NO
    case .body where size!.pointee > 0:
      let bytes = UnsafeRawBufferPointer(start: data, count: size!.pointee)
      size!.pointee = 0
      return connection.bodyArrived(bytes) ? .YES : .NO
    default:
      return connection.proceed() ? .YES : .NO
    }
  }
  settings.completed = { _, _, context, _ in connection(context!.pointee).completed() }
  return settings
}

private func connection(_ context: UnsafeMutableRawPointer?) -> Connection {
  Unmanaged<Connection>.fromOpaque(context!).takeUnretainedValue()
}
