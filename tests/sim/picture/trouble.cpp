#include "tests/sim/picture/trouble.hpp"

#include "tests/sim/story/timeline_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inquest::sim::picture {
namespace {

bool names(const Nodes& nodes, std::size_t node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

bool names(const std::vector<PathId>& paths, std::size_t path) {
    return paths.empty() || std::any_of(paths.begin(), paths.end(),
                                        [&](PathId named) { return named.value == path; });
}

bool is_of_switch(Verb verb) { return verb == Verb::switch_off || verb == Verb::switch_hang; }

bool ends_a_daemon(Verb verb) {
    return verb == Verb::power_off || verb == Verb::hang || verb == Verb::crash ||
           verb == Verb::stop;
}

/// Does it set something to where it does no harm?
bool mends(const Event& event) {
    switch (event.verb) {
        case Verb::start:
        case Verb::heal:
        case Verb::switch_on:
        case Verb::plug: return true;
        case Verb::loss:
        case Verb::duplicate:
        case Verb::reorder:
        case Verb::corrupt:
        case Verb::drift: return event.millionths == 0;
        case Verb::delay:
        case Verb::lag: return event.length == Duration{};
        case Verb::power_off:
        case Verb::hang:
        case Verb::pause:
        case Verb::crash:
        case Verb::guard_crash:
        case Verb::stop:
        case Verb::fence_fails:
        case Verb::fence_lies:
        case Verb::fence_slow:
        case Verb::lose_disk:
        case Verb::damage_disk:
        case Verb::invite:
        case Verb::join:
        case Verb::leave:
        case Verb::remove:
        case Verb::reset:
        case Verb::rekey:
        case Verb::maintenance:
        case Verb::arm:
        case Verb::disarm:
        case Verb::confirm_off:
        case Verb::release:
        case Verb::disk_stall:
        case Verb::cut:
        case Verb::mtu:
        case Verb::switch_off:
        case Verb::switch_hang:
        case Verb::unplug:
        case Verb::clock_step:
        case Verb::expect:
        case Verb::never:
        case Verb::end: return false;
    }
    return false;
}

std::vector<Effect> effects_of(const Event& event, const ClusterConfig& cluster) {
    std::vector<Effect> effects;
    if (is_of_switch(event.verb)) return {{event.verb, 0, 0, 0, event.fate}};
    const bool of_path = is_of_link(event.verb) || event.verb == Verb::unplug;
    for (const std::size_t from : event.nodes) {
        if (!of_path) effects.push_back({event.verb, from, 0, 0, {}});
        for (std::size_t path = 0; of_path && path < cluster.paths.size(); ++path) {
            if (!names(event.paths, path)) continue;
            if (event.verb == Verb::unplug) effects.push_back({event.verb, from, 0, path, {}});
            for (const std::size_t to : event.to) {
                if (from == to) continue;
                effects.push_back({event.verb, from, to, path, {}});
                if (event.ways == Ways::both) effects.push_back({event.verb, to, from, path, {}});
            }
        }
    }
    return effects;
}

bool is_same_link(const Event& event, const Effect& effect) {
    const bool there = names(event.nodes, effect.from) && names(event.to, effect.to);
    const bool back = names(event.nodes, effect.to) && names(event.to, effect.from);
    return names(event.paths, effect.path) && (there || (event.ways == Ways::both && back));
}

bool heals(const Event& heal, const Effect& effect) {
    if (heal.nodes.empty())
        return is_of_link(effect.verb) || is_of_switch(effect.verb) || effect.verb == Verb::unplug;
    return is_of_link(effect.verb) && is_same_link(heal, effect);
}

/// Does the later event undo the effect, or put its own in the place of it?
bool undoes(const Event& later, const Effect& effect) {
    const bool same_node = names(later.nodes, effect.from);
    switch (later.verb) {
        case Verb::start:
        case Verb::power_off: return ends_a_daemon(effect.verb) && same_node;
        case Verb::heal: return heals(later, effect);
        case Verb::switch_on:
        case Verb::switch_off:
        case Verb::switch_hang: return is_of_switch(effect.verb) && effect.fate == later.fate;
        case Verb::plug:
            return effect.verb == Verb::unplug && same_node && names(later.paths, effect.path);
        case Verb::loss:
        case Verb::delay:
        case Verb::duplicate:
        case Verb::reorder:
        case Verb::corrupt:
        case Verb::mtu: return effect.verb == later.verb && is_same_link(later, effect);
        case Verb::drift:
        case Verb::lag: return effect.verb == later.verb && same_node;
        case Verb::hang:
        case Verb::pause:
        case Verb::crash:
        case Verb::guard_crash:
        case Verb::stop:
        case Verb::fence_fails:
        case Verb::fence_lies:
        case Verb::fence_slow:
        case Verb::lose_disk:
        case Verb::damage_disk:
        case Verb::invite:
        case Verb::join:
        case Verb::leave:
        case Verb::remove:
        case Verb::reset:
        case Verb::rekey:
        case Verb::maintenance:
        case Verb::arm:
        case Verb::disarm:
        case Verb::confirm_off:
        case Verb::release:
        case Verb::disk_stall:
        case Verb::cut:
        case Verb::unplug:
        case Verb::clock_step:
        case Verb::expect:
        case Verb::never:
        case Verb::end: return false;
    }
    return false;
}

Trouble::Kind kind_of(const Event& event) {
    if (mends(event)) return Trouble::Kind::mending;
    const bool instant = event.verb == Verb::clock_step || event.verb == Verb::lose_disk ||
                         event.verb == Verb::damage_disk || event.verb == Verb::reset ||
                         event.verb == Verb::fence_fails || event.verb == Verb::fence_lies ||
                         event.verb == Verb::fence_slow || is_errand(event.verb);
    return instant ? Trouble::Kind::instant : Trouble::Kind::lasting;
}

}  // namespace

template <typename Undone>
bool Troubles::undo(Duration now, Undone&& undone) {
    const std::size_t before = open_.size();
    for (Open& open : open_) {
        auto& left = open.effects;
        left.erase(std::remove_if(left.begin(), left.end(), undone), left.end());
        if (left.empty()) all_[open.trouble].to = now;
    }
    open_.erase(std::remove_if(open_.begin(), open_.end(),
                               [](const Open& open) { return open.effects.empty(); }),
                open_.end());
    return open_.size() < before;
}

void Troubles::happened(const ClusterConfig& cluster, const Event& event, Duration now) {
    const bool undid = undo(now, [&](const Effect& effect) { return undoes(event, effect); });
    const Trouble::Kind kind = kind_of(event);
    // What a start changes is seen in the node's own lane.
    if (kind == Trouble::Kind::mending && (undid || event.verb == Verb::start)) return;
    Trouble trouble{.kind = kind, .event = event, .from = now};
    trouble.text = fmt::format("{}: {}", text(event, cluster), meaning(event, cluster));
    if (event.verb == Verb::pause || event.verb == Verb::disk_stall)
        trouble.to = now + event.length;
    else if (kind == Trouble::Kind::lasting)
        open_.push_back({all_.size(), effects_of(event, cluster)});
    all_.push_back(std::move(trouble));
}

void Troubles::runs_again(std::size_t node, Duration now) {
    undo(now,
         [&](const Effect& effect) { return ends_a_daemon(effect.verb) && effect.from == node; });
}

}  // namespace inquest::sim::picture
