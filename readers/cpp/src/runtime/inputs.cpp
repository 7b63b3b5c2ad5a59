#include "runtime/inputs.h"

#include <algorithm>
#include <map>

#include "fail.h"

namespace qmodel::runtime {

namespace {

using Symbols = std::map<std::string, std::uint64_t>;

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    invalid_input("input " + quoted(name) + ": " + why);
}

void check_axis(const v1::Value& declared, std::size_t axis, std::uint64_t length, Symbols& symbols) {
    const v1::Dimension& dimension = declared.shape().dimensions(static_cast<int>(axis));
    const std::string where = "axis " + std::to_string(axis) + " has length " + std::to_string(length);
    if (dimension.has_size() && dimension.size() != length) {
        refuse(declared.name(), where + ", the network wants " + std::to_string(dimension.size()));
    }
    if (dimension.has_symbol()) {
        const std::uint64_t known = symbols.emplace(dimension.symbol(), length).first->second;
        if (known != length) {
            refuse(declared.name(),
                   where + ", but " + quoted(dimension.symbol()) + " is " + std::to_string(known) + " elsewhere");
        }
    }
}

void check_input(const v1::Value& declared, const Tensor& given, Symbols& symbols) {
    if (given.element_type != declared.element_type()) {
        refuse(declared.name(), "has element type " + name_of(given.element_type) + ", the network wants " +
                                    name_of(declared.element_type()));
    }
    if (!declared.has_shape()) return;
    const auto rank = static_cast<std::size_t>(declared.shape().dimensions_size());
    if (given.shape.size() != rank) {
        refuse(declared.name(),
               "has " + std::to_string(given.shape.size()) + " axes, the network wants " + std::to_string(rank));
    }
    for (std::size_t axis = 0; axis < rank; ++axis) check_axis(declared, axis, given.shape[axis], symbols);
}

}  // namespace

void check_inputs(const v1::Graph& graph, const NamedTensors& given) {
    Symbols symbols;
    for (const v1::Value& declared : graph.inputs()) {
        const auto is_it = [&](const auto& each) { return each.first == declared.name(); };
        const auto found = std::find_if(given.begin(), given.end(), is_it);
        if (found == given.end()) refuse(declared.name(), "is missing");
        if (std::count_if(given.begin(), given.end(), is_it) > 1) refuse(declared.name(), "is given twice");
        check_input(declared, found->second, symbols);
    }
    for (const auto& each : given) {
        const auto is_it = [&](const v1::Value& declared) { return declared.name() == each.first; };
        if (std::none_of(graph.inputs().begin(), graph.inputs().end(), is_it)) {
            refuse(each.first, "the network has no such input");
        }
    }
}

}  // namespace qmodel::runtime
