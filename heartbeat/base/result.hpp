// Result<T>: a value, or the error code that says why there is none.
#pragma once

#include <tl/expected.hpp>

#include <system_error>

namespace inquest {

template <typename T>
using Result = tl::expected<T, std::error_code>;

/// An errno value as an error.
inline tl::unexpected<std::error_code> failed(int error_number) {
    return tl::unexpected(std::error_code(error_number, std::system_category()));
}

}  // namespace inquest
