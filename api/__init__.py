"""collude: try every coalition, every joint misreport and every reallocation against a finite mechanism."""

from importlib import import_module
from inspect import isfunction
from sys import modules
from typing import TYPE_CHECKING

from collude.models.process.sources import at_import
from collude.models.reading.calls import with_named_parameters

if TYPE_CHECKING:
    from collude.axioms.core.registry import axiom_summaries as axioms
    from collude.cli.render.result_pages import write_result as report
    from collude.enumerate.analyses.agreements import (
        AgreementEquilibria,
        AgreementSweep,
        agreement_equilibria,
        every_agreement,
    )
    from collude.enumerate.analyses.coalition_sizes import SizeCounts, SizeReport, violations_by_size
    from collude.enumerate.analyses.deal_triples import DealTriples, deal_triples
    from collude.enumerate.analyses.equilibria import Equilibria, equilibria
    from collude.enumerate.analyses.explanation import Explanation, explain
    from collude.enumerate.analyses.guarantees import Guarantees, guarantees
    from collude.enumerate.analyses.screening import SchemeReport, ScreeningReport, screen, screen_sale
    from collude.enumerate.analyses.side_contracts import Agreement
    from collude.enumerate.analyses.transfers import Transfers, transfers
    from collude.enumerate.analyses.worst import worst
    from collude.enumerate.checks.check import check, holds
    from collude.enumerate.families.forms import mechanism_families as classify
    from collude.enumerate.families.lemmas import LemmaReport, check_lemmas
    from collude.enumerate.families.quantity_rules import QuantityRuleReport, quantity_rules
    from collude.enumerate.families.recognisers import utility_spread
    from collude.enumerate.families.trade import trade_census, vcg_subsidy
    from collude.enumerate.listings.addresses import load_mechanism as load
    from collude.enumerate.listings.breaking import BreakingTypes, breaking_types
    from collude.enumerate.listings.classify import FamilyReport
    from collude.enumerate.maps.atlas import Atlas, atlas
    from collude.enumerate.maps.points import Sweep, SweepPoint
    from collude.enumerate.maps.sweep import sweep
    from collude.enumerate.problems.named import problem_by_name as problem
    from collude.enumerate.searches.result import SearchResult
    from collude.enumerate.searches.search import search
    from collude.models.beliefs import uniform
    from collude.models.contracts.economy import ExchangeEconomy, agv_payments, exchange_economy
    from collude.models.contracts.embedding import mechanism_contract
    from collude.models.contracts.extended import CommunicationContract, communication_contract
    from collude.models.contracts.game import BayesianGame, bayesian_game
    from collude.models.contracts.library import named_contract
    from collude.models.contracts.spec import read_contract
    from collude.models.environment import Environment, Prior
    from collude.models.errors import (
        ColludeError,
        DisagreementError,
        IncompleteError,
        InputError,
        NotApplicableError,
        SizeError,
    )
    from collude.models.files.functions import from_function
    from collude.models.files.named import environment_by_name as environment
    from collude.models.files.named import environment_summaries as environments
    from collude.models.files.named import mechanism_by_name as mechanism
    from collude.models.files.named import mechanism_summaries as mechanisms
    from collude.models.library.auctions import first_price, posted_price, second_price, top_value
    from collude.models.library.environments import auction, procurement, trade, voting
    from collude.models.library.expected_externality import agv, shapley
    from collude.models.library.public_choices import airline, choice, public_good, single_object, single_order
    from collude.models.library.recognise import fixed_price_form, n_price_form
    from collude.models.lottery import Lottery
    from collude.models.mechanism import Mechanism, Outcome
    from collude.models.pictures.axiom_order import Implication
    from collude.models.results import Member, Report, Verdict, Violation
    from collude.models.screening.optimum import QuantityOptimum, optimal_quantities
    from collude.models.screening.problem import ScreeningProblem, screening_problem
    from collude.models.screening.sale import Sale
    from collude.models.screening.spec import read_screening
    from collude.models.screening.transfers import dominant_strategy_sale, robust_sale
    from collude.models.space import OutcomeSpace, listed_space, outcome_space
    from collude.models.trade.direct import DirectTrade, direct_trade
    from collude.models.trade.mechanism import object_trade, trade_mechanism
    from collude.models.trade.objects import ObjectTrade, ThresholdRule
    from collude.models.trade.posted_forms import linear_price_form, posted_price_form
    from collude.models.trade.type_grids import separable_trade
    from collude.programs.contracts.consistency import ConsistentImprovement, consistent_improvement
    from collude.programs.contracts.improvement import Improvement, improvement
    from collude.programs.contracts.market.economy_report import EconomyReport, economy_report
    from collude.programs.contracts.sweep import ContractVerdict, contract_verdict
    from collude.programs.contracts.terms import SideContractTerms
    from collude.programs.dominance import Dominance, dominance
    from collude.programs.inequalities import Descent, descent
    from collude.programs.least_squares import LeastSquares, least_squares
    from collude.programs.pairs import PairDominance, all_pairs, pair_dominance
    from collude.programs.screening.coalition import GrandCoalition, coalition_of
    from collude.programs.screening.contract import SideContract
    from collude.programs.screening.epsilon import epsilon_interval, epsilon_polygon
    from collude.programs.screening.optimum import SideContractOptimum, profit_range, side_contract
    from collude.programs.screening.schemes import best_profit_at, search_schemes
    from collude.programs.screening.totals import collusion_proof_sale
    from collude.programs.separability import Separability, separability
    from collude.programs.trade.dominant_program import dominant_trade
    from collude.programs.trade.extraction import joint_extraction
    from collude.programs.trade.frontier import trade_frontier
    from collude.programs.trade.full_program import full_optimum
    from collude.programs.trade.knapsack import optimal_trade
    from collude.programs.trade.reduced_program import reduced_optimum
    from collude.programs.two_price import two_price, two_price_curve

at_import()

# The room `collude.axioms` would take the place of the function of that name when it is imported: it is imported before.
import_module("collude.axioms")
globals().pop("axioms", None)

__version__ = "0.1.0"

_HOMES = {
    "collude.enumerate.checks.check": ("check", "holds"),
    "collude.enumerate.analyses.agreements": (
        "AgreementEquilibria",
        "AgreementSweep",
        "agreement_equilibria",
        "every_agreement",
    ),
    "collude.enumerate.analyses.side_contracts": ("Agreement",),
    "collude.enumerate.analyses.coalition_sizes": ("SizeCounts", "SizeReport", "violations_by_size"),
    "collude.enumerate.analyses.deal_triples": ("DealTriples", "deal_triples"),
    "collude.enumerate.analyses.equilibria": ("Equilibria", "equilibria"),
    "collude.enumerate.analyses.guarantees": ("Guarantees", "guarantees"),
    "collude.enumerate.analyses.explanation": ("Explanation", "explain"),
    "collude.enumerate.analyses.screening": ("SchemeReport", "ScreeningReport", "screen", "screen_sale"),
    "collude.enumerate.analyses.transfers": ("Transfers", "transfers"),
    "collude.enumerate.analyses.worst": ("worst",),
    "collude.enumerate.searches.result": ("SearchResult",),
    "collude.enumerate.searches.search": ("search",),
    "collude.models.errors": (
        "ColludeError",
        "DisagreementError",
        "IncompleteError",
        "InputError",
        "NotApplicableError",
        "SizeError",
    ),
    "collude.models.library.auctions": ("first_price", "posted_price", "second_price", "top_value"),
    "collude.models.beliefs": ("uniform",),
    "collude.models.environment": ("Environment", "Prior"),
    "collude.models.library.environments": ("auction", "procurement", "trade", "voting"),
    "collude.models.library.expected_externality": ("agv", "shapley"),
    "collude.models.files.functions": ("from_function",),
    "collude.models.lottery": ("Lottery",),
    "collude.models.trade.objects": (
        "ObjectTrade",
        "ThresholdRule",
    ),
    "collude.models.trade.direct": (
        "DirectTrade",
        "direct_trade",
    ),
    "collude.models.trade.mechanism": (
        "object_trade",
        "trade_mechanism",
    ),
    "collude.models.trade.posted_forms": (
        "linear_price_form",
        "posted_price_form",
    ),
    "collude.models.trade.type_grids": ("separable_trade",),
    "collude.programs.trade.knapsack": ("optimal_trade",),
    "collude.programs.trade.frontier": ("trade_frontier",),
    "collude.programs.trade.full_program": ("full_optimum",),
    "collude.programs.trade.reduced_program": ("reduced_optimum",),
    "collude.programs.trade.dominant_program": ("dominant_trade",),
    "collude.programs.trade.extraction": ("joint_extraction",),
    "collude.enumerate.families.quantity_rules": ("QuantityRuleReport", "quantity_rules"),
    "collude.enumerate.families.recognisers": ("utility_spread",),
    "collude.enumerate.families.lemmas": ("LemmaReport", "check_lemmas"),
    "collude.enumerate.listings.breaking": ("BreakingTypes", "breaking_types"),
    "collude.enumerate.listings.classify": ("FamilyReport",),
    "collude.enumerate.maps.atlas": ("Atlas", "atlas"),
    "collude.enumerate.maps.points": ("Sweep", "SweepPoint"),
    "collude.enumerate.maps.sweep": ("sweep",),
    "collude.enumerate.families.trade": (
        "trade_census",
        "vcg_subsidy",
    ),
    "collude.models.mechanism": ("Mechanism", "Outcome"),
    "collude.models.library.public_choices": ("airline", "choice", "public_good", "single_object", "single_order"),
    "collude.models.library.recognise": ("fixed_price_form", "n_price_form"),
    "collude.models.screening.optimum": ("QuantityOptimum", "optimal_quantities"),
    "collude.models.screening.problem": ("ScreeningProblem", "screening_problem"),
    "collude.models.screening.sale": ("Sale",),
    "collude.models.screening.spec": ("read_screening",),
    "collude.models.screening.transfers": ("dominant_strategy_sale", "robust_sale"),
    "collude.models.space": ("OutcomeSpace", "listed_space", "outcome_space"),
    "collude.programs.two_price": ("two_price", "two_price_curve"),
    "collude.models.contracts.economy": ("ExchangeEconomy", "agv_payments", "exchange_economy"),
    "collude.models.contracts.embedding": ("mechanism_contract",),
    "collude.models.contracts.extended": ("CommunicationContract", "communication_contract"),
    "collude.models.contracts.game": ("BayesianGame", "bayesian_game"),
    "collude.models.contracts.library": ("named_contract",),
    "collude.models.contracts.spec": ("read_contract",),
    "collude.programs.contracts.consistency": ("ConsistentImprovement", "consistent_improvement"),
    "collude.programs.contracts.improvement": ("Improvement", "improvement"),
    "collude.programs.contracts.market.economy_report": ("EconomyReport", "economy_report"),
    "collude.programs.contracts.sweep": ("ContractVerdict", "contract_verdict"),
    "collude.programs.contracts.terms": ("SideContractTerms",),
    "collude.programs.dominance": ("Dominance", "dominance"),
    "collude.programs.inequalities": ("Descent", "descent"),
    "collude.programs.least_squares": ("LeastSquares", "least_squares"),
    "collude.programs.pairs": ("PairDominance", "all_pairs", "pair_dominance"),
    "collude.programs.screening.coalition": ("GrandCoalition", "coalition_of"),
    "collude.programs.screening.contract": ("SideContract",),
    "collude.programs.screening.epsilon": ("epsilon_interval", "epsilon_polygon"),
    "collude.programs.screening.optimum": ("SideContractOptimum", "profit_range", "side_contract"),
    "collude.programs.screening.schemes": ("best_profit_at", "search_schemes"),
    "collude.programs.screening.totals": ("collusion_proof_sale",),
    "collude.programs.separability": ("Separability", "separability"),
    "collude.models.pictures.axiom_order": ("Implication",),
    "collude.models.results": ("Member", "Report", "Verdict", "Violation"),
}
_OTHERWISE_CALLED = {
    "axioms": ("collude.axioms.core.registry", "axiom_summaries"),
    "classify": ("collude.enumerate.families.forms", "mechanism_families"),
    "environment": ("collude.models.files.named", "environment_by_name"),
    "environments": ("collude.models.files.named", "environment_summaries"),
    "load": ("collude.enumerate.listings.addresses", "load_mechanism"),
    "mechanism": ("collude.models.files.named", "mechanism_by_name"),
    "mechanisms": ("collude.models.files.named", "mechanism_summaries"),
    "problem": ("collude.enumerate.problems.named", "problem_by_name"),
    "report": ("collude.cli.render.result_pages", "write_result"),
}
_NAMES = {name: (home, name) for home, names in _HOMES.items() for name in names} | _OTHERWISE_CALLED


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module 'collude' has no attribute {name!r}", name=name, obj=modules[__name__])
    home, own_name = _NAMES[name]
    value = getattr(import_module(home), own_name)
    if isfunction(value):
        value = with_named_parameters(value, name, __name__)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_NAMES, "__version__"])
