// The text of a secrets file; its safety is tested with real files in tests/netns.
#include "fence/secrets_file.hpp"

#include <doctest/doctest.h>

#include <string>

namespace inquest::fence {
namespace {

TEST_CASE("names and values, comments and blank lines") {
    const auto secrets = parse_secrets("# the BMC\n\n password=a = b \r\npasswd_x=\n  # no more");
    REQUIRE_MESSAGE(secrets.has_value(), secrets.error());
    CHECK(secrets->pairs() == std::vector<FenceOption>{{"password", "a = b"}, {"passwd_x", ""}});
    CHECK(parse_secrets("")->pairs().empty());
}

TEST_CASE("what is wrong is told with its line, and without the value") {
    struct Row {
        const char* why;
        std::string text;
        const char* named;
    };
    std::string many;
    for (std::size_t i = 0; i <= secrets_max; ++i) many += "a" + std::to_string(i) + "=hunter2\n";
    const Row rows[] = {
        {"no name", "\nhunter2\n", "line 2"},
        {"an empty name", "=hunter2", "line 1"},
        {"a name of two words", "pass word=hunter2", "line 1"},
        {"what Inquest says itself", "action=hunter2", "`action`"},
        {"whose node it is too", "nodename=hunter2", "`nodename`"},
        {"a control character", "password=hunter2\x01", "`password`"},
        {"too long", "password=hunter2" + std::string(secret_bytes_max, 'x'), "`password`"},
        {"too many", many, "line 33"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto secrets = parse_secrets(row.text);
        REQUIRE_FALSE(secrets.has_value());
        CHECK_MESSAGE(secrets.error().find(row.named) != std::string::npos, secrets.error());
        CHECK(secrets.error().find("hunter2") == std::string::npos);
    }
}

TEST_CASE("what may be the name of a secrets file") {
    CHECK(is_secrets_name("bmc-n3"));
    CHECK(is_secrets_name("bmc.n3"));
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string(".hidden"),
          std::string("a/b"), std::string("/etc/shadow"), std::string("a\0b", 3),
          std::string(200, 'x')}) {
        CAPTURE(name);
        CHECK_FALSE(is_secrets_name(name));
    }
}

}  // namespace
}  // namespace inquest::fence
