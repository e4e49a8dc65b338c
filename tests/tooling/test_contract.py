"""The contract's style check names each fault with its place, and is content with good style."""

from pathlib import Path

import pytest

from tools import contract

GOOD = """
syntax = "proto3";
package shop.v1;
// What is sold.
message Item {
  // One of two.
  oneof kind {
    // By name.
    string name = 1;
    // By number.
    int64 number_2 = 2;
  }
  // May be unset.
  optional int32 size = 3;
  // Prices by currency.
  map<string, int64> prices = 4;
  // How it goes.
  enum ItemState {
    // Unknown.
    ITEM_STATE_UNSPECIFIED = 0;
    // For sale.
    ITEM_STATE_ON_SALE = 1;
  }
}
"""
BAD = """
syntax = "proto3";
package shop;
enum Colour {
  RED = 0;
  // Blue.
  COLOUR_blue = 1;
}
message wrong_name {
  string camelCase = 1;
  oneof which { string a = 2; }
  message Inner { string b = 1; }
}
service Till {
  rpc Pay(wrong_name) returns (wrong_name);
}
"""


def look(root: Path, name: str, text: str) -> list[str]:
    (root / "shop/v1").mkdir(parents=True)
    (root / "shop/v1" / name).write_text(text.lstrip())
    return contract.faults(contract.describe(root))


def test_good_style_has_no_fault(tmp_path: Path) -> None:
    assert look(tmp_path, "item.proto", GOOD) == []


def test_each_fault_is_named_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert look(tmp_path, "Thing.proto", BAD) == [
        "shop/v1/Thing.proto:1: Till belongs in a file of its own, *_service.proto",
        "shop/v1/Thing.proto:1: package shop does not match its folder",
        "shop/v1/Thing.proto:1: the file holds nothing named Thing",
        "shop/v1/Thing.proto:1: the file's name is not lower_snake",
        "shop/v1/Thing.proto:3: enum Colour does not begin with COLOUR_UNSPECIFIED = 0",
        "shop/v1/Thing.proto:3: enum Colour has COLOUR_blue, which is not COLOUR_UPPER_SNAKE",
        "shop/v1/Thing.proto:3: enum Colour has RED, which is not COLOUR_UPPER_SNAKE",
        "shop/v1/Thing.proto:3: enum Colour has no comment",
        "shop/v1/Thing.proto:4: enum value RED has no comment",
        "shop/v1/Thing.proto:8: message wrong_name has no comment",
        "shop/v1/Thing.proto:8: message wrong_name is not PascalCase",
        "shop/v1/Thing.proto:9: field wrong_name.camelCase has no comment",
        "shop/v1/Thing.proto:9: field wrong_name.camelCase is not lower_snake",
        "shop/v1/Thing.proto:10: field wrong_name.a has no comment",
        "shop/v1/Thing.proto:10: oneof wrong_name.which has no comment",
        "shop/v1/Thing.proto:11: field wrong_name.Inner.b has no comment",
        "shop/v1/Thing.proto:11: message wrong_name.Inner has no comment",
        "shop/v1/Thing.proto:13: service Till has no comment",
        "shop/v1/Thing.proto:14: rpc Till.Pay has no comment",
        "shop/v1/Thing.proto:14: rpc Till.Pay takes or returns wrong_name instead of PayRequest",
        "shop/v1/Thing.proto:14: rpc Till.Pay takes or returns wrong_name instead of PayResponse",
    ]
    assert contract.main(tmp_path) == 1
    assert "21 faults" in capsys.readouterr().out


def test_a_service_file_holds_its_service(tmp_path: Path) -> None:
    assert look(tmp_path, "till_service.proto", 'syntax = "proto3"; package shop.v1;') == [
        "shop/v1/till_service.proto:1: the file holds no service instead of TillService"
    ]
