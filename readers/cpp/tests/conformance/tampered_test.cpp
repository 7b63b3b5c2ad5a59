// Tests the runner itself: of a copy of the vectors in which one thing is changed it must complain about that alone.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>

#include "given.h"
#include "support/expect.h"
#include "vectors.h"

namespace {

using conformance::json_of;
using expectations::expect;
using nlohmann::json;
namespace fs = std::filesystem;

void write_json(const fs::path& path, const json& content) {
    std::ofstream(path) << content.dump(1);
}

/// A copy of the vectors that is deleted at the end.
class Copy {
public:
    explicit Copy(const fs::path& vectors)
        : folder_(fs::temp_directory_path() / ("qmodel-vectors-" + std::to_string(::getpid()))) {
        fs::remove_all(folder_);
        fs::copy(vectors, folder_, fs::copy_options::recursive);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    ~Copy() { fs::remove_all(folder_); }

    const fs::path& folder() const { return folder_; }

    /// The files that the runner complains about when a JSON file is changed, which is as before afterwards.
    std::vector<std::string> complaints_with(const fs::path& name, const std::function<void(json&)>& change) const {
        const json before = json_of(folder_ / name);
        json changed = before;
        change(changed);
        write_json(folder_ / name, changed);
        std::vector<std::string> found;
        for (const auto& result : conformance::check_all(folder_)) {
            if (!result.complaint.empty()) found.push_back(result.file);
        }
        write_json(folder_ / name, before);
        return found;
    }

private:
    fs::path folder_;
};

json& entry_of(json& list, const std::string& file) {
    for (json& entry : list) {
        if (entry.at("file") == file) return entry;
    }
    throw std::runtime_error("the index has no " + file);
}

void test_values(const Copy& copy) {
    const auto complaints = [&](const std::function<void(json&)>& change) {
        return copy.complaints_with("valid/golden.json", change);
    };
    const std::vector<std::string> golden = {"valid/golden.qmodel"};
    expect(complaints([](json&) {}).empty(), "unchanged vectors pass");
    expect(complaints([](json& file) { file["tensors"]["w"]["values"].get_ref<std::string&>()[0] = 'f'; }) == golden,
           "a changed value is found");
    expect(complaints([](json& file) {
               file["tensors"]["w"]["shape"] = {2, 3};
           }) == golden,
           "a changed shape is found");
    expect(complaints([](json& file) { file["tensors"]["w"]["element_type"] = "u32"; }) == golden,
           "a changed type is found");
    expect(complaints([](json& file) { file["tensors"]["v"] = file["tensors"]["w"]; }) == golden,
           "a tensor too few is found");
    expect(complaints([](json& file) { file["tensors"] = json::object(); }) == golden, "a tensor too many is found");
    expect(complaints([](json& file) { file["metadata"]["key"] = "value"; }) == golden, "missing metadata is found");
    expect(complaints([](json& file) { file["golden"][0]["outputs"][0]["relative_tolerance"] = 1; }) == golden,
           "a changed tolerance is found");
}

void test_index(const Copy& copy) {
    const std::string features = "invalid/feature-not-used.qmodel";
    const auto complaints = [&](const std::string& file, const std::function<void(json&, json&)>& change) {
        const auto found =
            copy.complaints_with("index.json", [&](json& index) { change(index, entry_of(index["invalid"], file)); });
        return found == std::vector<std::string>{file};
    };
    expect(complaints(features, [](json&, json& entry) { entry["kind"] = "corrupt"; }), "another kind is found");
    expect(complaints(features, [](json&, json& entry) { entry["at"] = "decode"; }),
           "what is refused too late is found");
    expect(complaints(features, [](json&, json& entry) { entry["at"] = "open"; }), "what opens is found");
    expect(complaints(features,
                      [](json& index, json& entry) {
                          json valid = entry;
                          index["valid"].push_back(valid);
                          std::size_t place = 0;
                          while (index["invalid"][place]["file"] != entry["file"]) ++place;
                          index["invalid"].erase(place);
                      }),
           "an invalid file called valid is found");
}

void test_valid_called_invalid(const Copy& copy) {
    const auto found = copy.complaints_with("index.json", [](json& index) {
        json entry = entry_of(index["valid"], "valid/alias.qmodel");
        entry["kind"] = "corrupt";
        entry["at"] = "verify";
        index["invalid"].push_back(entry);
    });
    expect(found == std::vector<std::string>{"valid/alias.qmodel"}, "a valid file called invalid is found");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const Copy copy(arguments[1]);
    test_values(copy);
    test_index(copy);
    test_valid_called_invalid(copy);
    return expectations::finish("tampered_test");
}
