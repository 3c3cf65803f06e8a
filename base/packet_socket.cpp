#include "base/packet_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cassert>
#include <cerrno>
#include <cstring>

namespace imgopt {

namespace {

using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * k_max_packet_descriptors)>;

tl::unexpected<Error> socket_error(std::string_view operation, int error) {
  auto failure = system_error("worker socket", operation, error);
  if (error == EPIPE || error == ECONNRESET || error == ENOTCONN)
    failure.value().code = ErrorCode::worker_crashed;
  return failure;
}

bool is_hung_up(int socket) {
  pollfd event{socket, 0, 0};
  return ::poll(&event, 1, 0) > 0 && (event.revents & POLLHUP) != 0;
}

}  // namespace

Result<SocketPair> make_packet_sockets() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return socket_error("cannot create", errno);
  return SocketPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<void> send_packet(int socket, ByteView bytes, std::span<const int> descriptors) {
  assert(descriptors.size() <= k_max_packet_descriptors);
  iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  // Never waits: only a peer that reads nothing lets a socket fill up, and it could make us wait for ever.
  while (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return fail(ErrorCode::limit_exceeded, "worker socket: the other side reads nothing");
    if (errno != EINTR)
      return socket_error("cannot send", errno);
  }
  return {};
}

Result<std::optional<Packet>> receive_packet(int socket, std::size_t max_bytes, Wait wait) {
  Packet packet;
  packet.bytes.resize(max_bytes);
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const int flags = MSG_CMSG_CLOEXEC | (wait == Wait::no ? MSG_DONTWAIT : 0);
  ssize_t got;
  while ((got = ::recvmsg(socket, &header, flags)) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return std::nullopt;
    if (errno != EINTR)
      return socket_error("cannot receive", errno);
  }
  for (cmsghdr* rights = CMSG_FIRSTHDR(&header); rights != nullptr; rights = CMSG_NXTHDR(&header, rights)) {
    if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
      continue;
    const std::size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof(int), sizeof(int));
      packet.descriptors.emplace_back(fd);
    }
  }
  if (got == 0 && is_hung_up(socket))
    return fail(ErrorCode::worker_crashed, "worker socket: closed by the other side");
  if (got == 0)
    return fail(ErrorCode::corrupt, "worker socket: an empty packet");
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    return fail(ErrorCode::corrupt, "worker socket: a packet is longer than any message");
  packet.bytes.resize(static_cast<std::size_t>(got));
  return packet;
}

}  // namespace imgopt
