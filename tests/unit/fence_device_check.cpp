// An agent's metadata, and what it says of a device.
#include "fence/agent_metadata.hpp"
#include "fence/device_check.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace inquest::fence {
namespace {

using Severity = wire::DeviceComplaint::Severity;

const std::string ipmi = R"(<?xml version="1.0" ?>
<resource-agent name="fence_ipmilan" shortdesc="Fence agent for IPMI">
<symlink name="fence_idrac"/>
<parameters>
 <parameter name="action" required="1"><content type="string" default="reboot"/></parameter>
 <parameter name="ip" required="1" obsoletes="ipaddr"><content type="string"/></parameter>
 <parameter name="ipaddr" required="0" deprecated="1"><content type="string"/></parameter>
 <parameter name="ipport" required="0"><content type="integer" default="623"/></parameter>
 <parameter name="lanplus" required="0"><content type="boolean" default="0"/></parameter>
 <parameter name="method" required="0"><content type="select" default="onoff">
   <option value="onoff"/><option value="cycle"/></content></parameter>
 <parameter name="password" required="0" obsoletes="passwd"><content type="string"/></parameter>
 <parameter name="passwd" required="0" deprecated="1"><content type="string"/></parameter>
 <parameter name="password_script" required="0"><content type="string"/></parameter>
 <parameter name="username" required="0" obsoletes="login"><content type="string"/></parameter>
 <parameter name="login" required="0" deprecated="1"><content type="string"/></parameter>
 <parameter name="delay" required="0"><content type="second" default="0"/></parameter>
</parameters>
<actions><action name="on" automatic="0"/><action name="off"/><action name="reboot"/>
<action name="status"/><action name="monitor"/><action name="metadata"/></actions>
</resource-agent>)";

/// With `old` replaced in it.
std::string with(std::string xml, const std::string& old, const std::string& fresh) {
    const std::size_t at = xml.find(old);
    REQUIRE(at != std::string::npos);
    return xml.replace(at, old.size(), fresh);
}

/// An agent of a device with outlets.
std::string pdu() {
    return with(ipmi, "</parameters>",
                R"(<parameter name="plug" required="1" obsoletes="port"/>)"
                R"(<parameter name="port" required="0" deprecated="1"/></parameters>)");
}

wire::CheckedDevice bmc() {
    return {.device = {"bmc", "fence_ipmilan", {{"ip", "192.0.2.9"}}, "bmc"},
            .proves = FenceProof::power,
            .nodes = {"n3"},
            .plugs = {}};
}

wire::CheckedDevice bmc(std::vector<FenceOption> options) {
    wire::CheckedDevice device = bmc();
    device.device.options = std::move(options);
    return device;
}

TEST_CASE("metadata is read") {
    const auto metadata = parse_metadata("WARNING: something\n" + ipmi);
    REQUIRE_MESSAGE(metadata.has_value(), metadata.error());
    CHECK(metadata->agent == "fence_ipmilan");
    CHECK(metadata->parameters.size() == 12);
    CHECK(metadata->offers("status"));
    CHECK_FALSE(metadata->offers("list"));
    CHECK_FALSE(metadata->find("action")->is_required);
    CHECK(metadata->find("ip")->is_required);
    CHECK(metadata->find("passwd")->is_deprecated);
    CHECK(metadata->today("passwd") == "password");
    CHECK(metadata->today("ip") == "ip");
    CHECK(metadata->find("method")->choices == std::vector<std::string>{"onoff", "cycle"});
    CHECK(metadata->find("ipport")->type == AgentParameter::Type::whole_number);
    CHECK(metadata->find("lanplus")->type == AgentParameter::Type::yes_or_no);
    CHECK(metadata->find("nothing") == nullptr);
}

TEST_CASE("metadata that is none") {
    const std::string deep = [] {
        std::string text;
        for (int i = 0; i < 20'000; ++i) text += "<a>";
        return text;
    }();
    for (const std::string& text :
         {std::string(), std::string("usage: fence_x"), std::string("<html></html>"),
          std::string("<resource-agent"), std::string("<resource-agent/>"), deep,
          std::string("<resource-agent name='x'><actions/></resource-agent>"),
          std::string(metadata_bytes_max + 1, '<')}) {
        CAPTURE(text.substr(0, 40));
        CHECK_FALSE(parse_metadata(text).has_value());
    }
}

TEST_CASE("what is a secret, by its name") {
    for (const char* const name : {"password", "passwd", "snmp_priv_passwd", "passphrase",
                                   "secret_key", "api_token", "hexadecimal_kg"}) {
        CAPTURE(name);
        CHECK(is_secret(name));
    }
    for (const char* const name :
         {"password_script", "passwd_script", "identity_file", "token_file", "username", "ip"}) {
        CAPTURE(name);
        CHECK_FALSE(is_secret(name));
    }
}

TEST_CASE("the nearest known parameter") {
    const AgentMetadata metadata = *parse_metadata(ipmi);
    CHECK(nearest_parameter(metadata, "usrname") == "username");
    CHECK(nearest_parameter(metadata, "lanplu") == "lanplus");
    CHECK(nearest_parameter(metadata, "ip_port") == "ipport");
    CHECK(nearest_parameter(metadata, "zzzzzz").empty());
}

TEST_CASE("what is wrong with a device") {
    struct Row {
        const char* why;
        std::string xml;
        wire::CheckedDevice device;
        std::vector<std::string> secrets;
        Severity severity;
        std::string option;
        std::string what;
        std::string remedy;
    };
    const FenceOption ip{"ip", "192.0.2.9"};
    const auto proving_storage = [] {
        wire::CheckedDevice device = bmc();
        device.proves = FenceProof::storage;
        return device;
    };
    const auto on = [](std::vector<std::string> nodes, std::vector<FenceOption> plugs) {
        wire::CheckedDevice device = bmc();
        device.nodes = std::move(nodes);
        device.plugs = std::move(plugs);
        return device;
    };
    constexpr Severity error = Severity::error;
    constexpr Severity warning = Severity::warning;
    const std::string no_status = with(ipmi, R"(<action name="status"/>)", "");
    const Row rows[] = {
        {"a slip of the finger",
         ipmi,
         bmc({ip, {"usrname", "x"}}),
         {},
         error,
         "usrname",
         "does not know `usrname`",
         "say `username`"},
        {"an unknown word",
         ipmi,
         bmc({ip, {"colour", "x"}}),
         {},
         error,
         "colour",
         "does not know `colour`",
         "-o metadata"},
        {"a slip in the secrets file",
         ipmi,
         bmc(),
         {"pasword"},
         error,
         "pasword",
         "does not know `pasword`",
         "say `password`"},
        {"an old name",
         ipmi,
         bmc({ip, {"login", "x"}}),
         {},
         warning,
         "login",
         "old name",
         "say `username`"},
        {"an old and a new name",
         ipmi,
         bmc({ip, {"ipaddr", "x"}}),
         {},
         error,
         "ip",
         "are the same",
         "leave out `ipaddr`"},
        {"something is missing",
         ipmi,
         bmc(std::vector<FenceOption>{}),
         {},
         error,
         "ip",
         "`ip` is missing",
         "add it"},
        {"a secret in the open",
         ipmi,
         bmc({ip, {"password", "hunter2"}}),
         {},
         error,
         "password",
         "in the open",
         "/etc/inquest/fence/bmc"},
        {"never seen to be off",
         ipmi,
         bmc({ip, {"method", "cycle"}}),
         {},
         error,
         "method",
         "nothing to prove",
         "onoff"},
        {"not one of its choices",
         ipmi,
         bmc({ip, {"method", "twice"}}),
         {},
         error,
         "method",
         "not onoff or cycle",
         "correct it"},
        {"no number",
         ipmi,
         bmc({ip, {"ipport", "ipmi"}}),
         {},
         error,
         "ipport",
         "not a whole number",
         "correct it"},
        {"neither yes nor no",
         ipmi,
         bmc({ip, {"lanplus", "maybe"}}),
         {},
         error,
         "lanplus",
         "not 1 or 0",
         "correct it"},
        {"a delay that nobody knows of",
         ipmi,
         bmc({ip, {"delay", "5"}}),
         {},
         warning,
         "delay",
         "waits",
         "fence levels"},
        {"what Inquest says itself",
         ipmi,
         bmc({{"action", "reboot"}, ip}),
         {},
         error,
         "action",
         "not for a file",
         "leave it out"},
        {"no status", no_status, bmc(), {}, error, "", "cannot be proven", "another agent"},
        {"no off",
         with(ipmi, R"(<action name="off"/>)", ""),
         bmc(),
         {},
         error,
         "",
         "cannot switch anything off",
         "another agent"},
        {"an agent of a fabric",
         with(ipmi, R"(<action name="reboot"/>)", ""),
         bmc(),
         {},
         error,
         "",
         "does not switch machines off",
         "storage"},
        {"two nodes behind one BMC",
         ipmi,
         on({"n1", "n2"}, {}),
         {},
         error,
         "",
         "cannot tell its nodes apart",
         "a device for each node"},
        {"two nodes on a PDU without plugs",
         pdu(),
         on({"n1", "n2"}, {}),
         {},
         error,
         "",
         "cannot tell its nodes apart",
         "which plug"},
        {"a plug is missing",
         pdu(),
         on({"n1", "n2"}, {{"n1", "4"}}),
         {},
         error,
         "",
         "no plug is n2's",
         "add the plug"},
        {"the only plug is missing",
         pdu(),
         on({"n1"}, {}),
         {},
         error,
         "",
         "no plug is n1's",
         "add the plug"},
        {"plugs of what has none",
         ipmi,
         on({"n3"}, {{"n3", "4"}}),
         {},
         error,
         "",
         "no meaning",
         "for each node"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.why);
        const auto found = check_device(row.device, *parse_metadata(row.xml), row.secrets);
        bool told = false;
        for (const wire::DeviceComplaint& complaint : found) {
            CAPTURE(complaint.what);
            CHECK(complaint.device == "bmc");
            CHECK((complaint.what + complaint.why + complaint.remedy).find("hunter2") ==
                  std::string::npos);
            told = told || (complaint.severity == row.severity && complaint.option == row.option &&
                            complaint.what.find(row.what) != std::string::npos &&
                            complaint.remedy.find(row.remedy) != std::string::npos);
        }
        CHECK(told);
        CHECK(has_errors(found) == (row.severity == error));
    }
    CHECK(check_device(proving_storage(), *parse_metadata(rows[15].xml), {}).empty());
}

TEST_CASE("nothing is wrong with these") {
    const AgentMetadata metadata = *parse_metadata(ipmi);
    CHECK(check_device(bmc(), metadata, {"password"}).empty());
    CHECK(
        check_device(bmc({{"ip", "a"}, {"ipport", "6230"}, {"lanplus", "1"}, {"method", "onoff"}}),
                     metadata, {"username", "password"})
            .empty());
    CHECK(check_device(bmc({{"ip", "a"}, {"password_script", "/root/p"}}), metadata, {}).empty());
    wire::CheckedDevice outlets = bmc();
    outlets.nodes = {"n1", "n2"};
    outlets.plugs = {{"n1", "4"}, {"n2", "5"}};
    CHECK(check_device(outlets, *parse_metadata(pdu()), {}).empty());
    // An old name will do for what is required, with a warning.
    CHECK_FALSE(has_errors(check_device(bmc({{"ipaddr", "a"}}), metadata, {})));
}

}  // namespace
}  // namespace inquest::fence
