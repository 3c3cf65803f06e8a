#include "tool/account/report_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tool/text/json_text.hpp"

namespace imgopt {
namespace {

using testing::HasSubstr;
using testing::Not;

Report one_image(std::string source) {
  Report report;
  report.tool_version = "0.1.0";
  report.folder = "/home/ada/site";
  report.out = "/home/ada/site/out";
  ReportedImage image;
  image.source = image.path = std::move(source);
  image.status = "ok";
  image.bytes = 10;
  report.images.push_back(std::move(image));
  return report;
}

nlohmann::json facts_of(const std::string& page) {
  const std::string open = "id=\"data\">";
  const std::size_t at = page.find(open) + open.size();
  return nlohmann::json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(ReportPage, FillsEveryPlaceOfItsTemplate) {
  const Report report = one_image("a.png");
  const std::string page = report_page({&report, nullptr, {}, "/home/ada/site"});
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_THAT(page, HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(page, HasSubstr(report_page_script()));
}

TEST(ReportPage, LetsNoNameEndTheScriptThatHoldsIt) {
  const Report report = one_image("</script><script>alert('x')</script>&.png");
  const std::string page = report_page({&report, nullptr, {}, "/home/ada/site"});
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(facts_of(page)["images"][0]["source"], report.images[0].source);
}

TEST(ReportPage, RefersToImagesFromWhereItStands) {
  const Report report = one_image("photos/a b#1.png");
  EXPECT_EQ(facts_of(report_page({&report, nullptr, {}, "/home/ada/site/pages"}))["images"][0]["url"],
            "../photos/a%20b%231.png");
  EXPECT_EQ(facts_of(report_page({&report, nullptr, {}, "/tmp"}))["images"][0]["url"],
            "../home/ada/site/photos/a%20b%231.png");
}

TEST(ReportPage, PutsThumbnailsInAsBase64) {
  const Report report = one_image("a.png");
  for (const auto& [bytes, text] : {std::pair<Bytes, std::string>{{'f'}, "Zg=="},
                                    {{'f', 'o'}, "Zm8="},
                                    {{'f', 'o', 'o'}, "Zm9v"},
                                    {{0xff, 0xfe, 0xfd, 0xfc}, "//79/A=="}})
    EXPECT_EQ(facts_of(report_page({&report, nullptr, {bytes}, "/"}))["images"][0]["thumb"], text);
}

TEST(JsonText, GivesItsBytesBack) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte)
    every.push_back(static_cast<char>(byte));
  for (const std::string& bytes : {every, std::string("\xef\xbf\xbd"),
                                   std::string("\xef\xbf\xbd"
                                               "41"),
                                   std::string("k\xe9"), std::string(), std::string("\xc3\xa9\xff")})
    EXPECT_EQ(bytes_of_json_text(json_text(bytes)), bytes);
  // What json_text() never makes stays as it is.
  EXPECT_EQ(bytes_of_json_text("\xef\xbf\xbdzz"), "\xef\xbf\xbdzz");
}

}  // namespace
}  // namespace imgopt
