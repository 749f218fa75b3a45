#include "heartbeat/store/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace inquest::store {
namespace {

using Unread = tl::unexpected<Misread>;

Unread wrong(std::string what) { return Unread(Misread{{}, std::move(what)}); }
Unread wrong(const std::error_code& error) { return Unread(Misread{error, error.message()}); }

bool same(ByteView stored, const Checksum& expected) {
    return std::equal(stored.begin(), stored.end(), expected.begin(), expected.end());
}

/// Pre: a checksum's length.
Checksum checksum_in(ByteView stored) {
    Checksum result{};
    std::copy_n(stored.begin(), std::min(stored.size(), result.size()), result.begin());
    return result;
}

tl::expected<Statement, Misread> first_row(Connection& connection, std::string_view sql,
                                           const char* noun) {
    Result<Statement> row = connection.first_row(sql);
    if (row) return std::move(*row);
    if (is_missing(row.error())) return wrong(fmt::format("{} is missing", noun));
    return wrong(row.error());
}

tl::expected<void, Misread> read_identity(Connection& connection, Contents& contents) {
    auto row = first_row(connection, "SELECT cluster, member FROM identity", "whose it is");
    if (!row) return tl::unexpected(row.error());
    contents.identity = {.cluster = std::string(row->text(0)),
                         .member = MemberId(static_cast<std::uint16_t>(row->number(1)))};
    return {};
}

tl::expected<void, Misread> read_state(Connection& connection, Contents& contents) {
    auto row = first_row(connection,
                         "SELECT term, vote, committed, last, chain, in_use, checksum FROM state",
                         "the row of term and vote");
    if (!row) return tl::unexpected(row.error());
    State& state = contents.state;
    state = {.term = ledger::Term(row->number(0)),
             .vote = MemberId(static_cast<std::uint16_t>(row->number(1))),
             .commit = ledger::Index(row->number(2)),
             .last = ledger::Index(row->number(3)),
             .chain = checksum_in(row->bytes(4)),
             .use = row->number(5) == 0 ? Use::closed : Use::open};
    if (!same(row->bytes(6), checksum(state))) return wrong("the row of term and vote is damaged");
    contents.restored.term = state.term;
    contents.restored.vote = state.vote;
    contents.restored.commit = state.commit;
    return {};
}

tl::expected<void, Misread> read_snapshot(Connection& connection, Contents& contents) {
    auto row = first_row(connection,
                         "SELECT place, term, membership, bytes, chain, checksum FROM snapshot",
                         "the snapshot");
    if (!row) return tl::unexpected(row.error());
    const auto membership = decoded_membership(row->bytes(2));
    if (!membership) return wrong("the snapshot's members are damaged");
    const ByteView bytes = row->bytes(3);
    ledger::Snapshot& snapshot = contents.restored.snapshot;
    snapshot = {.index = ledger::Index(row->number(0)),
                .term = ledger::Term(row->number(1)),
                .membership = *membership,
                .bytes = {bytes.begin(), bytes.end()}};
    contents.base_chain = checksum_in(row->bytes(4));
    if (!same(row->bytes(5), checksum(snapshot, contents.base_chain))) {
        return wrong("the snapshot is damaged");
    }
    return {};
}

tl::expected<ledger::Entry, Misread> entry_in(const Statement& row, ledger::Index expected) {
    const ledger::Index index(row.number(0));
    if (index != expected) {
        return wrong(
            fmt::format("the log goes on with {} where {} belongs", index.value, expected.value));
    }
    const auto members = decoded_members(row.bytes(3));
    const std::uint64_t kind = row.number(2);
    if (!members || kind > static_cast<std::uint64_t>(ledger::EntryKind::settled)) {
        return wrong(fmt::format("entry {} is damaged", index.value));
    }
    const ByteView bytes = row.bytes(4);
    return ledger::Entry{.index = index,
                         .term = ledger::Term(row.number(1)),
                         .kind = static_cast<ledger::EntryKind>(kind),
                         .members = *members,
                         .bytes = {bytes.begin(), bytes.end()}};
}

tl::expected<void, Misread> read_log(Connection& connection, Contents& contents) {
    Result<Statement> rows = connection.prepare(
        "SELECT place, term, kind, members, bytes, checksum FROM entry ORDER BY place");
    if (!rows) return wrong(rows.error());
    ledger::Index last = contents.restored.snapshot.index;
    Checksum chain = contents.base_chain;
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return wrong(row.error());
        if (!*row) break;
        auto entry = entry_in(*rows, last + 1);
        if (!entry) return tl::unexpected(entry.error());
        last = entry->index;
        chain = checksum(*entry, chain);
        if (!same(rows->bytes(5), chain)) {
            return wrong(fmt::format("entry {} is damaged", last.value));
        }
        contents.restored.entries.push_back(std::move(*entry));
    }
    if (contents.state.commit > contents.state.last)
        return wrong("more is committed than there is");
    if (last == contents.state.last && chain == contents.state.chain) return {};
    return wrong(fmt::format("the log ends at {} and not, as it did, at {}", last.value,
                             contents.state.last.value));
}

}  // namespace

tl::expected<Contents, Misread> read_contents(Connection& connection) {
    Contents contents;
    return read_identity(connection, contents)
        .and_then([&] { return read_state(connection, contents); })
        .and_then([&] { return read_snapshot(connection, contents); })
        .and_then([&] { return read_log(connection, contents); })
        .map([&] { return std::move(contents); });
}

}  // namespace inquest::store
