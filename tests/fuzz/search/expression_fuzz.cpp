// A condition, a zero, and the bytes of a batch that it is asked of.
#include "models/search/expression.h"
#include "models/search/pattern.h"

#include <string>

using namespace models;
using namespace models::search;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto zero = all.find('\0');
    const QString text = QString::fromUtf8(all.substr(0, zero));
    (void)Expression::tokens(text);
    const auto pattern = Pattern::make(PatternKind::Condition, text);
    if (!pattern) {
        if (toText(pattern.error()).isEmpty() || pattern.error().position < 0 || pattern.error().position + pattern.error().length > text.size())
            __builtin_trap();
        return 0;
    }
    std::string bytes(zero == std::string_view::npos ? std::string_view() : all.substr(zero + 1));
    wire::ScanBatch batch;
    const std::size_t length = bytes.size();
    bytes.resize(length + 128);
    batch.records = std::string_view(bytes).substr(0, length);
    batch.recordCount = 1000;
    batch.lastOffset = 1000;
    batch.next = 1001;
    Matcher matcher(*pattern);
    (void)matcher.search(batch, [](const wire::RawRecord&) {});
    // And the whole as a value: what people search is JSON.
    const auto expression = Expression::parse(text);
    wire::RawRecord record;
    record.value = batch.records;
    Evaluator evaluator(*expression);
    (void)evaluator.matches(record, 0);
    return 0;
}
