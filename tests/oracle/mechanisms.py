"""Mechanisms from their definitions, all in one place; each builds a ``Plain``."""

from oracle.auctions import first_price as first_price
from oracle.auctions import posted_price as posted_price
from oracle.auctions import second_price as second_price
from oracle.auctions import top_value_mechanism as top_value_mechanism
from oracle.procurement import fixed_price as fixed_price
from oracle.procurement import multi_unit_second_price as multi_unit_second_price
from oracle.procurement import n_price as n_price
from oracle.procurement import second_price_reverse as second_price_reverse
from oracle.procurement import uniform_price as uniform_price
from oracle.procurement import vcg_target as vcg_target
from oracle.public_choice import agv as agv
from oracle.public_choice import clarke as clarke
from oracle.public_choice import efficient_choice as efficient_choice
from oracle.trade import generalised_posted_price as generalised_posted_price
from oracle.trade import posted_price_trade as posted_price_trade
from oracle.trade import vcg_trade as vcg_trade
from oracle.voting import all_orders as all_orders
from oracle.voting import borda as borda
from oracle.voting import dictatorship as dictatorship
from oracle.voting import generalised_median as generalised_median
from oracle.voting import plurality as plurality
from oracle.voting import single_peaked_orders as single_peaked_orders
