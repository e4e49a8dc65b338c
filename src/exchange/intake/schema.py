"""The verticals that leads come in, and what a lead of each may tell about a need without telling about a person.

An attribute that is not declared here is admitted only as `wall` allows.
"""

from collections.abc import Mapping
from typing import Final

from exchange.intake.fields import (
    FLAG,
    REQUIRED_FLAG,
    Field,
    Kind,
    Schema,
    date,
    money,
    number,
    one_of,
    percent,
    ratio,
    whole,
)

_PLACE: Final = {
    "zip": Field(Kind.ZIP, required=True),
    "state": Field(Kind.STATE, required=True),
}
_CREDIT: Final = {
    "credit_tier": one_of(
        "excellent good fair poor",
        {"good": ("very_good",), "fair": ("average",), "poor": ("bad", "very_poor")},
        absent=("unknown", "not_sure", "n/a"),
    ),
    "credit_score": whole(300, 850, absent=(0, 999)),  # the FICO range
}
_HOMES: Final = {
    "single_family": ("house", "sfr", "single_family_home", "detached"),
    "condo": ("condominium",),
    "townhouse": ("townhome",),
    "multi_family": ("multifamily", "duplex", "triplex", "fourplex"),
    "manufactured": ("mobile", "mobile_home", "manufactured_home"),
}

_MORTGAGE: Final[Schema] = {
    **_PLACE,
    "loan_purpose": one_of(
        "purchase refinance cash_out home_equity",
        {
            "purchase": ("buy", "home_purchase", "new_purchase"),
            "refinance": ("refi", "rate_term_refinance"),
            "cash_out": ("cash_out_refinance", "cash_out_refi"),
            "home_equity": ("heloc", "home_equity_loan"),
        },
        required=True,
    ),
    "loan_amount": money(1_000, 100_000_000, required=True),
    "property_value": money(1_000, 100_000_000),
    "down_payment": money(0, 100_000_000),
    "mortgage_balance": money(0, 100_000_000),
    "ltv": ratio(10),  # small plots with large building loans reach 2.6 in real applications
    "monthly_income": money(0, 100_000_000),
    "housing_ratio": percent(1_000),
    "debt_ratio": percent(1_000),
    **_CREDIT,
    "term_months": whole(1, 600, absent=(0, 999_999)),
    "rate_type": one_of("fixed adjustable", {"adjustable": ("arm", "variable"), "fixed": ("fixed_rate",)}),
    "current_rate": percent(50),
    "property_type": one_of(_HOMES, _HOMES),
    "property_use": one_of(
        "primary secondary investment",
        {
            "primary": ("primary_residence", "owner_occupied"),
            "secondary": ("second_home", "vacation_home"),
            "investment": ("rental", "investment_property"),
        },
    ),
    "property_units": whole(1, 1_000),
    "purchase_timeframe": one_of("now within_3_months within_6_months within_year researching"),
    "has_agent": FLAG,
    "first_time_buyer": FLAG,
    "va_eligible": FLAG,
    "self_employed": FLAG,
    "bankruptcy": FLAG,
    "foreclosure": FLAG,
}

_AUTO_INSURANCE: Final[Schema] = {
    **_PLACE,
    **_CREDIT,
    "currently_insured": REQUIRED_FLAG,
    "current_carrier": one_of(
        "aaa allstate american_family amica auto_owners erie farm_bureau farmers geico hartford kemper liberty_mutual "
        "mercury metlife national_general nationwide plymouth_rock progressive root safeco shelter state_farm "
        "the_general travelers usaa other",
        {"liberty_mutual": ("liberty",), "the_general": ("general",), "hartford": ("the_hartford",)},
        absent=("none", "n/a"),
    ),
    "continuous_coverage_months": whole(0, 1_200),
    "policy_expires": date(years_ahead=3),
    "current_premium": money(0, 100_000),
    "coverage_level": one_of(
        "minimum basic standard premium",
        {"minimum": ("state_minimum", "liability_only"), "premium": ("superior", "full")},
    ),
    "bodily_injury_limits": one_of("25_50 30_60 50_100 100_300 250_500"),
    "vehicle_count": whole(1, 50),
    "vehicle_year": whole(1900, 2100, years_ahead=2),  # next year's models are sold this year
    "vehicle_make": one_of(
        "acura alfa_romeo audi bmw buick cadillac chevrolet chrysler dodge fiat ford genesis gmc honda hyundai "
        "infiniti jaguar jeep kia land_rover lexus lincoln lucid maserati mazda mercedes_benz mercury mini mitsubishi "
        "nissan oldsmobile plymouth polestar pontiac porsche ram rivian saab saturn scion smart subaru suzuki tesla "
        "toyota volkswagen volvo other",
        {
            "chevrolet": ("chevy",),
            "mercedes_benz": ("mercedes",),
            "volkswagen": ("vw",),
            "land_rover": ("range_rover",),
        },
    ),
    "vehicle_ownership": one_of(
        "owned financed leased", {"owned": ("own",), "financed": ("finance", "loan"), "leased": ("lease",)}
    ),
    "vehicle_use": one_of("commute pleasure business farm", {"commute": ("work", "school"), "pleasure": ("personal",)}),
    "annual_mileage": whole(0, 500_000),
    "driver_count": whole(1, 20),
    "driver_age": whole(14, 120),
    "license_status": one_of("active permit suspended expired none", {"active": ("valid",)}),
    "accidents_3y": whole(0, 50),
    "violations_3y": whole(0, 50),
    "claims_3y": whole(0, 50),
    "dui": FLAG,
    "sr22_required": FLAG,
    "homeowner": FLAG,
    "multi_policy": FLAG,
}

_HOME_SERVICES: Final[Schema] = {
    **_PLACE,
    "service": one_of(
        "appliance_repair bathroom_remodel carpet cleaning concrete decks doors electrical fencing flooring foundation "
        "garage_doors gutters handyman hvac insulation kitchen_remodel landscaping lawn_care moving painting "
        "pest_control plumbing pools roofing security siding solar tree_service water_damage windows other",
        {
            "bathroom_remodel": ("bathroom", "bath_remodel"),
            "electrical": ("electrician",),
            "garage_doors": ("garage_door",),
            "hvac": ("air_conditioning", "heating", "heating_and_cooling"),
            "kitchen_remodel": ("kitchen",),
            "plumbing": ("plumber",),
            "roofing": ("roof",),
            "solar": ("solar_panels",),
            "windows": ("window", "window_replacement"),
        },
        required=True,
    ),
    "project_type": one_of(
        "install replace repair maintain inspect",
        {
            "install": ("installation", "new"),
            "replace": ("replacement",),
            "maintain": ("maintenance",),
            "inspect": ("inspection",),
        },
    ),
    "timeframe": one_of(
        "emergency within_week within_month within_3_months flexible",
        {"emergency": ("immediately", "asap"), "flexible": ("researching", "not_sure")},
    ),
    "property_type": one_of([*_HOMES, "commercial"], {**_HOMES, "commercial": ("business",)}),
    "homeowner": FLAG,
    "financing": FLAG,
    "budget": money(0, 10_000_000),
    "lot_acres": number(0, 100_000),
    "square_feet": whole(1, 1_000_000),
    "year_built": whole(1600, 2100, years_ahead=1),
    "stories": whole(1, 200),
    "item_count": whole(1, 1_000),
    "roof_material": one_of(
        "asphalt metal tile slate wood flat other", {"asphalt": ("asphalt_shingle", "shingle", "composite")}
    ),
    "roof_shade": one_of("none partial full", {"none": ("full_sun", "no_shade"), "full": ("full_shade",)}),
    "electric_bill": money(0, 100_000),
    "wanted_from": date(years_ahead=3),
}

VERTICALS: Final[Mapping[str, Schema]] = {
    "mortgage": _MORTGAGE,
    "auto_insurance": _AUTO_INSURANCE,
    "home_services": _HOME_SERVICES,
}
"""Each vertical's schema, by the name that the contract uses."""
