import pytest

from controller.domain.versions import Platform, Version, is_seed, needs_bootstrap_token, platform_of


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("18.7.9", "18.7.10"),
        ("15.6", "15.6.1"),
        ("15.7.4", "26.0"),
        ("9.3.5", "10.0"),
    ],
)
def test_versions_compare_by_number(lower: str, higher: str) -> None:
    assert Version.parse(lower) < Version.parse(higher)


@pytest.mark.parametrize("text", ["26.0", "15.6.1", "18.7.10"])
def test_a_version_is_written_as_apple_writes_it(text: str) -> None:
    assert text == str(Version.parse(text))


def test_a_missing_third_number_is_zero() -> None:
    assert Version.parse("26.0.0") == Version.parse("26.0")


@pytest.mark.parametrize("text", ["", "15", "15.x", "15.6.1.2", "v15.6", "\u0661\u0665.\u0666", "15..6"])
def test_what_is_no_version_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not an OS version such as"):
        Version.parse(text)


@pytest.mark.parametrize(
    ("model", "platform"),
    [
        ("iPhone15,2", Platform.IOS),
        ("iPod9,1", Platform.IOS),
        ("iPad16,3", Platform.IPADOS),
        ("J314sAP", Platform.MACOS),
        ("j140aap", Platform.MACOS),
        ("Mac-7BA5B2D9E42DDD94", Platform.MACOS),
        ("VMA2MACOSAP", Platform.MACOS),
        ("VMM-x86_64", Platform.MACOS),
        ("X589AMLUAP", Platform.MACOS),
        ("Mac14,2", Platform.MACOS),
        ("iMac19,1", Platform.MACOS),
        ("AppleTV14,1", Platform.TVOS),
        ("RealityDevice14,1", Platform.VISIONOS),
        ("Watch7,1", Platform.WATCHOS),
        ("AudioAccessory5,1", Platform.AUDIOOS),
        ("Toaster1,1", None),
        ("", None),
    ],
)
def test_the_platform_follows_from_the_model(model: str, platform: Platform | None) -> None:
    assert platform_of(model) is platform


@pytest.mark.parametrize(
    ("build", "seed"), [("25A5279m", True), ("23D771330a", True), ("24G90", False), ("22D8075", False)]
)
def test_a_seed_ends_in_a_letter(build: str, seed: bool) -> None:
    assert is_seed(build) is seed


@pytest.mark.parametrize(
    ("model", "needs"),
    [
        ("J314sAP", True),
        ("j413ap", True),
        ("VMA2MACOSAP", True),
        ("J680AP", False),
        ("j140kap", False),
        ("J185FAP", False),
        ("Mac-06F11F11946D27C5", False),
        ("VMM-x86_64", False),
        ("X589AMLUAP", False),
        ("iPhone15,2", False),
        ("", False),
    ],
)
def test_only_apple_silicon_needs_its_bootstrap_token(model: str, needs: bool) -> None:
    assert needs_bootstrap_token(model) is needs
