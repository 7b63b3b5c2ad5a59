#include "runtime/registry.h"

#include <map>

#include "fail.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime {

namespace {

using Table = std::multimap<std::string, Operator>;

Table make_table() {
    Table table;
    for (const auto family : ops::kFamilies) {
        for (Operator& op : family()) table.emplace(op.name, std::move(op));
    }
    return table;
}

}  // namespace

const Operator& find_operator(const std::string& name, int opset) {
    static const Table table = make_table();
    const auto [first, last] = table.equal_range(name);
    if (first == last) unsupported("this reader does not have the operator " + quoted(name));
    for (auto entry = first; entry != last; ++entry) {
        if (entry->second.since <= opset && opset <= entry->second.until) return entry->second;
    }
    unsupported("this reader does not have the operator " + quoted(name) + " of opset " + std::to_string(opset));
}

}  // namespace qmodel::runtime
