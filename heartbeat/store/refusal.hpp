// Why a file of the store is not used, as one line for a person. A file that is refused is left as
// it was found.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>

namespace inquest::store {

struct Refusal {
    enum class Reason : std::uint8_t {
        missing,        ///< there is no file
        exists,         ///< there is one already, or parts of one
        not_a_file,     ///< a folder, a link, a device
        not_permitted,  ///< it or its folder cannot be written
        foreign,        ///< some other program's, or no database at all
        newer,          ///< a later version of Inquest wrote it
        locked,         ///< another program uses it
        other_cluster,
        other_member,
        damaged,     ///< what was written is not what is read
        incomplete,  ///< its write-ahead log is gone, and with it writes that were acknowledged
        failed,      ///< the system refused an operation
    };
    Reason reason = Reason::failed;
    std::string line;  ///< `file: what: what to do`
};

template <typename T>
using OrRefusal = tl::expected<T, Refusal>;

}  // namespace inquest::store
