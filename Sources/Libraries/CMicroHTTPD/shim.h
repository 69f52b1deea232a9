#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

// POLLRDHUP hides behind _GNU_SOURCE, which the importer doesn't set.
static const short mhd_poll_gone = 0x2000;

// libmicrohttpd's functions that end in `...` can't be called from Swift; each gets its one fixed form here.

struct mhd_settings {
  int listen_socket;
  unsigned int connection_limit;
  unsigned int connections_per_address;
  size_t connection_memory;
  void *owner;
  MHD_AccessHandlerCallback access;
  void *(*target)(void *owner, const char *target, struct MHD_Connection *connection);
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback notify;
};

// Leaves percent-encoding alone: who splits a path must do so before decoding it.
static inline size_t mhd_keep_escaped(void *owner, struct MHD_Connection *connection, char *text) {
  (void)owner;
  (void)connection;
  return strlen(text);
}

// An epoll daemon without a thread; NULL with errno when it can't start.
static inline struct MHD_Daemon *mhd_start(const struct mhd_settings *settings) {
  return MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, settings->access,
      settings->owner, MHD_OPTION_LISTEN_SOCKET, settings->listen_socket,
      MHD_OPTION_CONNECTION_LIMIT, settings->connection_limit, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      settings->connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      settings->connection_memory, MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT,
      0, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, settings->target,
      settings->owner, MHD_OPTION_UNESCAPE_CALLBACK, &mhd_keep_escaped, NULL,
      MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->owner,
      MHD_OPTION_NOTIFY_CONNECTION, settings->notify, settings->owner, MHD_OPTION_END);
}

static inline int mhd_epoll_descriptor(struct MHD_Daemon *daemon) {
  return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

static inline int mhd_descriptor(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static inline const struct sockaddr *mhd_address(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}

static inline void *mhd_socket_context(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static inline size_t mhd_header_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

// Bytes that arrived and weren't read yet.
static inline int mhd_unread(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

// A response of unknown length without chunks: its end is the end of the connection.
static inline void mhd_end_with_connection(struct MHD_Response *response) {
  MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}
