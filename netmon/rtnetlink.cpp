#include "netmon/rtnetlink.hpp"

#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/object.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/rtnl.h>
#include <netlink/socket.h>

#include <arpa/inet.h>
#include <array>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace inquest::netmon {

namespace {

constexpr int notice_buffer_bytes = 1024 * 1024;  // some thousand notices
constexpr int dump_attempts = 3;

/// libnl's error numbers (positive here) with libnl's words.
class NetlinkCategory : public std::error_category {
 public:
    const char* name() const noexcept override { return "netlink"; }
    std::string message(int number) const override { return nl_geterror(number); }
};

tl::unexpected<std::error_code> netlink_failed(int code) {
    static const NetlinkCategory category;
    return tl::unexpected(std::error_code(-code, category));
}

struct SocketCloser {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using Socket = std::unique_ptr<nl_sock, SocketCloser>;

Carrier carrier_of(unsigned flags) {
    if ((flags & IFF_LOWER_UP) == 0) return Carrier::lost;
    return (flags & IFF_DORMANT) != 0 ? Carrier::dormant : Carrier::good;
}

/// The flags carry the state of the carrier itself; the operational state beside them may lag.
Link link_of(rtnl_link* seen) {
    const unsigned flags = rtnl_link_get_flags(seen);
    const char* name = rtnl_link_get_name(seen);
    return {.index = LinkIndex(rtnl_link_get_ifindex(seen)),
            .name = name == nullptr ? "" : name,
            .admin = (flags & IFF_UP) != 0 ? Admin::up : Admin::down,
            .carrier = carrier_of(flags)};
}

/// An optimistic address is tentative too, but can be used.
AddressState state_of(unsigned flags) {
    if ((flags & IFA_F_DADFAILED) != 0) return AddressState::duplicate;
    if ((flags & IFA_F_OPTIMISTIC) != 0) return AddressState::usable;
    return (flags & IFA_F_TENTATIVE) != 0 ? AddressState::tentative : AddressState::usable;
}

std::string text_of(nl_addr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address == nullptr ||
        inet_ntop(nl_addr_get_family(address), nl_addr_get_binary_addr(address), text.data(),
                  text.size()) == nullptr) {
        return {};
    }
    return text.data();
}

Address address_of(rtnl_addr* seen) {
    return {.link = LinkIndex(rtnl_addr_get_ifindex(seen)),
            .text = text_of(rtnl_addr_get_local(seen)),
            .state = state_of(rtnl_addr_get_flags(seen)),
            .prefix_bits = rtnl_addr_get_prefixlen(seen)};
}

struct Notice {
    Table& table;
    int type;
};

/// A bridge speaks of its ports in link notices of its own family: a port that leaves the bridge
/// looks like a link that is deleted, and is none.
bool is_about_the_link(rtnl_link* link) { return rtnl_link_get_family(link) == AF_UNSPEC; }

void apply(nl_object* object, void* argument) {
    const Notice& notice = *static_cast<Notice*>(argument);
    auto* link = reinterpret_cast<rtnl_link*>(object);
    auto* address = reinterpret_cast<rtnl_addr*>(object);
    switch (notice.type) {
        case RTM_NEWLINK:
            if (is_about_the_link(link)) notice.table.put(link_of(link));
            break;
        case RTM_DELLINK:
            if (is_about_the_link(link)) notice.table.drop(link_of(link).index);
            break;
        case RTM_NEWADDR: notice.table.put(address_of(address)); break;
        case RTM_DELADDR: notice.table.drop(address_of(address)); break;
        default: break;
    }
}

/// Called by libnl, for dumps and notices alike. No exception may pass through C.
int take(nl_msg* message, void* table) noexcept {
    Notice notice{*static_cast<Table*>(table), nlmsg_hdr(message)->nlmsg_type};
    static_cast<void>(nl_msg_parse(message, apply, &notice));  // what libnl cannot read is not ours
    return NL_OK;
}

Result<Socket> connect(Table& table) {
    Socket socket(nl_socket_alloc());
    if (socket == nullptr) return netlink_failed(-NLE_NOMEM);
    nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, take, &table);
    nl_socket_enable_msg_peek(socket.get());  // a link with many attributes has a long message
    if (const int code = nl_connect(socket.get(), NETLINK_ROUTE); code < 0) {
        return netlink_failed(code);
    }
    return socket;
}

int request(nl_sock* socket, int type) {
    const int sent = nl_rtgen_request(socket, type, AF_UNSPEC, NLM_F_DUMP);
    return sent < 0 ? sent : nl_recvmsgs_default(socket);
}

/// A socket of its own, so that notices do not mix with the answers; those that come meanwhile are
/// applied afterwards, and the last one about each thing is right.
Result<Table> dump() {
    Table table;
    Result<Socket> socket = connect(table);
    if (!socket) return tl::unexpected(socket.error());
    int code = -NLE_DUMP_INTR;
    for (int attempt = 0; attempt < dump_attempts && code == -NLE_DUMP_INTR; ++attempt) {
        table.clear();
        code = request(socket->get(), RTM_GETLINK);
        if (code >= 0) code = request(socket->get(), RTM_GETADDR);
    }
    if (code < 0) return netlink_failed(code);
    return table;
}

void grow_buffer(nl_sock* socket) {
    const int fd = nl_socket_get_fd(socket);
    const int size = notice_buffer_bytes;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
    }
}

Result<Socket> subscribe(Table& table) {
    Result<Socket> socket = connect(table);
    if (!socket) return socket;
    nl_sock* const notices = socket->get();
    nl_socket_disable_seq_check(notices);  // notices answer nothing
    grow_buffer(notices);
    const int joined = nl_socket_add_memberships(notices, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
                                                 RTNLGRP_IPV6_IFADDR, RTNLGRP_NONE);
    if (joined < 0) return netlink_failed(joined);
    if (const int code = nl_socket_set_nonblocking(notices); code < 0) return netlink_failed(code);
    return socket;
}

}  // namespace

struct Watch::State {
    explicit State(std::vector<Wanted> wanted) : changes(std::move(wanted)) {}

    Table table;  ///< the socket's callback writes to it, so it must not move
    Changes changes;
    Socket socket;
    bool stale = true;  ///< not dumped yet, or notices were lost since

    Result<void> dump_again();
    Result<void> take_notices(News& news);
};

Watch::Watch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

Result<Watch> Watch::open(std::vector<Wanted> wanted) {
    auto state = std::make_unique<State>(std::move(wanted));
    Result<Socket> socket = subscribe(state->table);
    if (!socket) return tl::unexpected(socket.error());
    state->socket = std::move(*socket);
    if (const auto dumped = state->dump_again(); !dumped) return tl::unexpected(dumped.error());
    return Watch(std::move(state));
}

void Watch::follow(std::vector<Wanted> wanted) { state_->changes.follow(std::move(wanted)); }

int Watch::fd() const { return nl_socket_get_fd(state_->socket.get()); }

Result<void> Watch::State::dump_again() {
    Result<Table> dumped = dump();
    if (!dumped) return tl::unexpected(dumped.error());
    table = std::move(*dumped);
    stale = false;
    return {};
}

/// libnl says NLE_NOMEM for the kernel's ENOBUFS: notices were lost, those after them still come.
Result<void> Watch::State::take_notices(News& news) {
    for (int i = 0; i < notices_per_read; ++i) {
        const int code = nl_recvmsgs_default(socket.get());
        if (code == -NLE_AGAIN) return {};
        if (code == -NLE_NOMEM)
            stale = true;
        else if (code < 0)
            return netlink_failed(code);
    }
    news.complete = false;
    return {};
}

Result<News> Watch::read() {
    News news;
    if (const auto taken = state_->take_notices(news); !taken) {
        return tl::unexpected(taken.error());
    }
    if (state_->stale) {
        if (!news.complete)
            return news;  // the rest first: one dump for all, and no judgement before
        if (const auto dumped = state_->dump_again(); !dumped) {
            return tl::unexpected(dumped.error());
        }
        news.dumped = true;
    }
    state_->changes.judge(state_->table, news.changes);
    return news;
}

}  // namespace inquest::netmon
