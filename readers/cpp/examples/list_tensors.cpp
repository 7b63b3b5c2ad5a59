#include <iostream>

#include "qmodel/reader.h"

int main(int, char** arguments) try {
    const qmodel::Reader file = qmodel::Reader::open(arguments[1]);
    for (const qmodel::TensorInfo& info : file.tensors()) {
        const qmodel::Tensor tensor = file.tensor(info.name);      // in its own type
        const std::vector<float> floats = file.floats(info.name);  // in float32, whatever its type
        std::cout << info.name << ": " << tensor.count() << " of " << qmodel::name_of(tensor.element_type);
        std::cout << ", the first is " << (floats.empty() ? 0.0F : floats[0]) << "\n";
    }
} catch (const qmodel::Error& error) {
    std::cerr << error.what() << " [" << qmodel::name_of(error.kind()) << "]\n";
    return 1;
}
