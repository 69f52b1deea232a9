import CMicroHTTPD

/// Ends what has run out of time, and notices the clients of suspended connections that have gone.
///
/// One `poll` for all suspended connections instead of a watcher for each: answers of some hundred
/// microseconds would pay four system calls for it, and libmicrohttpd closes descriptors unasked.
func watch(_ connections: [Connection]) {
  var suspended: [Connection] = []
  for connection in connections {
    guard connection.deadline > connection.daemon.now else {
      connection.expire()
      continue
    }
    if connection.isSuspended { suspended.append(connection) }
  }
  guard !suspended.isEmpty else { return }
  var descriptors = suspended.map { pollfd(fd: $0.descriptor, events: mhd_poll_gone, revents: 0) }
  guard poll(&descriptors, nfds_t(descriptors.count), 0) > 0 else { return }
  let gone = mhd_poll_gone | Int16(POLLHUP) | Int16(POLLERR)
  for (connection, state) in zip(suspended, descriptors) where state.revents & gone != 0 {
    connection.clientHasGone()
  }
}
