// What the vectors do not show: names that are not there, several tensors at once, coarse values, bytes in memory.

#include "qmodel/reader.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/expect.h"

namespace {

using expectations::expect;
using qmodel::ErrorKind;
using qmodel::Reader;

std::filesystem::path folder;

std::string kind_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const qmodel::Error& error) {
        return qmodel::name_of(error.kind());
    }
    return "";
}

bool is_equal(const qmodel::Tensor& one, const qmodel::Tensor& other) {
    return one.element_type == other.element_type && one.shape == other.shape &&
           one.storage.size() == other.storage.size() &&
           (one.storage.empty() || std::memcmp(one.storage.data(), other.storage.data(), one.storage.size()) == 0);
}

void test_wrong_requests() {
    expect(kind_of([] { Reader::open(folder / "no-such-file"); }) == "invalid_input", "a file that is not there");
    expect(kind_of([] { Reader::open(folder); }) == "invalid_input", "a folder");
    expect(kind_of([] { Reader::open("", 0); }) == "corrupt", "no bytes");
    const Reader reader = Reader::open(folder / "alias.qmodel");
    float value = 0;
    expect(kind_of([&] { reader.tensor("no such tensor"); }) == "invalid_input", "a tensor that is not there");
    expect(kind_of([&] { reader.coarse(reader.tensors()[0].name, 1); }) == "invalid_input", "coarse values of no sum");
    expect(kind_of([&] { reader.floats(reader.tensors()[0].name, &value, 0); }) == "invalid_input", "too little room");
}

void test_threads_and_memory() {
    for (const char* name : {"rans-contexts.qmodel", "split-chunks.qmodel", "affine-blocks.qmodel"}) {
        qmodel::Options options;
        options.threads = 4;
        std::ifstream file(folder / name, std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        const Reader mapped = Reader::open(folder / name, options);
        const Reader in_memory = Reader::open(bytes.data(), bytes.size());
        std::vector<std::string> names;
        for (const qmodel::TensorInfo& info : mapped.tensors()) names.push_back(info.name);
        const std::vector<qmodel::Tensor> tensors = mapped.load(names);
        for (std::size_t i = 0; i < names.size(); ++i) {
            expect(is_equal(tensors[i], in_memory.tensor(names[i])),
                   names[i] + " of " + name + " at once, from memory");
        }
        expect(kind_of([&] {
                   mapped.load({names[0], "no such tensor"});
               }) == "invalid_input",
               "one of several is not there");
    }
}

void test_coarse() {
    const Reader reader = Reader::open(folder / "sum-order.qmodel");
    for (const qmodel::TensorInfo& info : reader.tensors()) {
        for (const qmodel::v1::Tensor& message : reader.manifest().tensors()) {
            if (message.name() != info.name || !message.encoding().has_sum()) continue;
            const int terms = message.encoding().sum().terms_size();
            const qmodel::Tensor whole = reader.coarse(info.name, static_cast<unsigned>(terms));
            expect(is_equal(whole, reader.tensor(info.name)), "all terms of " + info.name);
            expect(reader.coarse(info.name, 1).shape == info.shape, "the first term of " + info.name);
            expect(kind_of([&] { reader.coarse(info.name, static_cast<unsigned>(terms) + 1); }) == "invalid_input",
                   "a term too many of " + info.name);
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    folder = std::filesystem::path(arguments[1]) / "valid";
    test_wrong_requests();
    test_threads_and_memory();
    test_coarse();
    return expectations::finish("reader_test");
}
