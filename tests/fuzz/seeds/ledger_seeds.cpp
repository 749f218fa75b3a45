// Writes the first inputs of fuzz_ledger: `ledger_seeds FOLDER`. Run it again when the format
// changes.
#include "heartbeat/wire/ledger_codec.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace inquest;
using namespace inquest::ledger;

Members three_members() {
    Members members;
    members.voters.push_back(MemberId{1});
    members.voters.push_back(MemberId{2});
    members.learners.push_back(MemberId{9});
    return members;
}

/// An entry of each kind.
Append every_kind() {
    Append append{Index{10}, Term{6}, Index{9}, {}};
    for (const EntryKind kind :
         {EntryKind::noop, EntryKind::command, EntryKind::membership, EntryKind::settled}) {
        Entry entry{append.previous + append.entries.size() + 1, Term{7}, kind, {}, {}};
        if (kind == EntryKind::command) entry.bytes.resize(5);
        if (kind == EntryKind::membership) entry.members = three_members();
        append.entries.push_back(std::move(entry));
    }
    return append;
}

SnapshotChunk last_chunk() {
    SnapshotChunk chunk{.index = Index{90}, .term = Term{6}, .membership = {}, .bytes = Bytes(9)};
    chunk.membership.now = three_members();
    chunk.membership.before = three_members().voters;
    chunk.membership.changed = Index{80};
    chunk.membership.settled = Index{81};
    chunk.offset_bytes = 100;
    chunk.total_bytes = 109;
    return chunk;
}

/// The message, and the first half of it.
bool write_seed(const std::filesystem::path& file, Message::Body body) {
    const Message message{MemberId{1}, MemberId{2}, Term{7}, std::move(body)};
    std::vector<std::byte> bytes(wire::body_bytes(message));
    bytes.resize(wire::encode(message, bytes));
    const auto write = [&bytes](const std::string& name, std::size_t length) {
        std::ofstream out(name, std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(length));
        return out.good();
    };
    return write(file.string(), bytes.size()) && write(file.string() + "_cut", bytes.size() / 2);
}

bool write_all(const std::filesystem::path& folder) {
    const VoteRequest request{VoteRequest::Stage::give, Index{10}, Term{6}};
    const VoteReply reply{VoteRequest::Stage::give, VoteReply::Answer::yes};
    return write_seed(folder / "vote_request", request) &&
           write_seed(folder / "vote_reply", reply) &&
           write_seed(folder / "append_none", Append{}) &&
           write_seed(folder / "append_every_kind", every_kind()) &&
           write_seed(folder / "append_accepted", AppendAccepted{Index{14}}) &&
           write_seed(folder / "append_refused", AppendRefused{Index{10}, Index{4}}) &&
           write_seed(folder / "snapshot_chunk", last_chunk()) &&
           write_seed(folder / "chunk_taken", ChunkTaken{Index{90}, 100}) &&
           write_seed(folder / "not_member", NotMember{Index{80}});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: ledger_seeds FOLDER\n");
        return 2;
    }
    if (!write_all(argv[1])) {
        std::fprintf(stderr, "ledger_seeds: %s: cannot write there: give a folder that exists\n",
                     argv[1]);
        return 1;
    }
    return 0;
}
