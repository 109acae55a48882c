"""사람이 읽는 말, 한국어. 이름과 키와 빈자리는 `en`과 같다.

빈자리 뒤에는 받침에 따라 달라지는 조사(은/는, 이/가, 을/를, 과/와, 으로/로)를 바로 붙이지 않는다. 앞의 말이
무엇이든 읽히도록 "모델", "개", "스텝" 같은 말을 사이에 두거나 쌍점으로 나눈다.
"""

from __future__ import annotations

from .ko_findings import FINDINGS as FINDINGS
from .ko_findings import LADDER_ADVICE as LADDER_ADVICE
from .ko_sweeps import RUNS as RUNS
from .ko_sweeps import SWEEP as SWEEP
from .shapes import RungWords

BADGES = {
    "mine_fails": "mine 실패",
    "mine_worse": "mine이 더 나쁨",
    "same": "의미 있는 차이 없음",
    "mine_better": "mine이 더 좋음",
    "reference_fails": "기준 모델 자체가 실패",
    "both_fail": "둘 다 실패",
    "inconclusive": "판정 보류",
    "run_failed": "실행 오류",
}

METRIC_MARKS = {
    "better": "더 좋음",
    "worse": "더 나쁨",
    "same": "같음",
    "inconclusive": "판정 보류",
    "not_tested": "참고용",
}

RUN_MARKS = {
    "finished": "완료",
    "restored": "복원됨",
    "diverged": "발산",
    "crashed": "비정상 종료",
    "timeout": "시간 초과",
}

TERMS = {
    "noise floor": "잡음 바닥(noise floor): 작동하는 모델의 점수가 학습 시드에 따라 달라지는 정도, 곧 표준편차",
    "hinge active": "힌지 활성 비율(hinge active): 에너지가 마진보다 낮은 생성 이미지의 비율",
    "seed": "난수로 정해진 출발점에서 시작하는 학습 한 번. 두 모델에 같은 시드를 쓴다",
    "energy": "판별자가 이미지를 얼마나 잘못 복원하는지. 픽셀 오차 제곱의 평균",
    "fid": "생성 이미지와 실제 이미지의 특징 분포 사이의 프레셰 거리",
    "used": "실제로 효과가 있는지 여부. 직접 실행해 보고 알아낸 것",
    "how sure": "사후 확률: 지금까지 시도한 모든 실행을 볼 때 이 부분들이 원인일 확률",
    "margin": "판별자가 생성 이미지를 밀어내는 에너지의 상한",
    "code": "판별자의 인코더가 이미지를 바꾸어 놓은 짧은 벡터. 이미지는 이 벡터에서 다시 복원된다",
    "directions": "유효 방향 수: pull-away 항이 PT인 코드 n개에 대해 n / (1 + (n − 1) · PT)",
    "layer": "신경망을 이루는 모듈 하나. 실행되는 순서대로 보인다",
}

TERM_NAMES = {
    "noise floor": "시드 간 통상 편차",
    "hinge active": "아직 밀려나는 비율",
    "seed": "시드",
    "energy": "에너지",
    "fid": "FID",
    "used": "사용됨",
    "how sure": "확신도",
    "margin": "마진",
    "code": "코드",
    "directions": "방향 수",
    "layer": "층",
}

CAPTIONS = {
    "proof": "한 시드, 같은 단계 수. 두 모델의 잠재 벡터가 같은 종류라면 같은 잠재 벡터에서 그렸다. "
    "왼쪽부터: 참조 모델은 작동하고, 원인 부분을 넣으면 작동하지 않으며, 그 부분을 참조 모델 것으로 "
    "바꾼 mine은 작동하고, mine은 작동하지 않는다.",
    "samples": "두 모델이 같은 잠재 벡터로, 같은 순서로 그린 이미지다. 그렇더라도 같은 자리의 이미지가 서로 닮을 "
    "필요는 없다. 따로 학습한 두 모델은 한 잠재 벡터에 서로 다른 이미지를 놓을 수 있다.",
    "energies": "읽는 법: 이미지 하나에 값 하나, 평가 모드, 픽셀 범위 −1~1에서 오차 제곱의 평균이다. 오른쪽일수록 "
    "이미지가 더 나쁘게 복원된다. 최적점에서는 실제 이미지와 생성 이미지의 에너지가 만나므로, 에너지가 같다는 "
    "것만으로는 실패가 아니다.",
    "training": "읽는 법: 픽셀 범위 −1~1에서 오차 제곱의 평균, 학습 모드다. 선은 시드 평균, 띠는 가장 낮은 시드부터 "
    "가장 높은 시드까지다. 생성 이미지의 에너지가 마진에서 평평한 것은 마진 때문이지 수렴이 아니다.",
    "hinge": "읽는 법: 에너지가 마진보다 낮은 생성 이미지는 판별자가 아직 밀어내고 있는 이미지다. 100 %면 마진에 닿은 "
    "것이 하나도 없다는 뜻이다. 빗금 친 곳은 5 % 미만으로, 판별자가 생성 이미지에서 더 배우는 것이 거의 없다. "
    "이미지가 나쁠 때에만 실패다.",
    "quality": "읽는 법: 낮을수록 좋다. 점선은 따로 떼어 둔 실제 이미지(가장 좋은 경우)와 빈 이미지다. 한 이미지만 "
    "되풀이한 수준(빈 이미지와 비슷하다)보다 높으면 FID는 우열을 가리지 못한다. "
    "표의 점수는 마지막 몇 체크포인트의 평균이므로 선의 끝과 다를 수 있다.",
    "anchors": "읽는 법: 낮을수록 좋고, 축은 로그 눈금이며, 표시 하나가 시드 하나다. 마름모는 실제 이미지를 일부러 "
    "바꾼 것이다. “한 이미지 반복” 옆에 있는 모델은 붕괴한 것이고, 그보다 오른쪽에서는 FID가 우열을 가리지 못한다. "
    "“클래스당 2장”보다 왼쪽에 있어도 다양성이 적을 수 있으니 커버리지도 함께 보아야 한다.",
    "digits": "읽는 법: 막대는 실제 이미지, 표시는 시드 평균, 세로선은 가장 낮은 시드부터 가장 높은 시드까지다. "
    "분류기가 확신하는 이미지만 센다. 비율이 같다고 해서 그림이 좋다는 뜻은 아니다.",
    "losses": "읽는 법: 손실은 학습이 움직이는지를 보여 줄 뿐, 잘되는지를 보여 주지는 않는다. 생성자의 손실이 "
    "마진에서 평평한 것은 마진 때문이지 수렴이 아니다. 두 모델의 손실은 정의가 같을 때에만 비교할 수 있다.",
    "coherence": "읽는 법: 100 %면 생성자의 손실이 한 배치의 생성 이미지를 모두 같은 쪽으로 밀고, 0 %면 미는 힘이 서로 "
    "상쇄된다. 서로 다른 이미지는 서로 다르게 밀려야 하므로 낮은 것만으로는 실패가 아니다. 모든 이미지가 비슷한데 "
    "낮으면 실패다. 그때는 생성자에게 어디로 가야 할지 알려 주는 것이 없다.",
    "began": "읽는 법: M = L(x) + |γ L(x) − L(G(z))|은 BEGAN이 수렴하면 낮아진다. 실제 이미지가 더 잘 복원되고 두 "
    "에너지가 균형에 가까워진다는 뜻이다. k는 판별자의 손실에서 생성 이미지가 갖는 가중치로, 0~1이다. 범위의 한쪽 끝에 "
    "오래 머물면 균형이 잡히지 않는다. M은 다양성에 대해서는 아무것도 말해 주지 않는다. 한 이미지만 그리는 생성자도 "
    "M이 낮을 수 있다.",
    "magan": "읽는 법: 마진은 판별자가 생성 이미지를 밀어내는 에너지의 상한이고, 모델이 정의한 에너지로 잰 것이다. "
    "MAGAN의 마진은 실제 이미지의 에너지를 따라 내려가며 올라가지 않는다. 생성 이미지는 마진 가까이에 있어야 한다.",
    "ranking": "읽는 법: 실제 이미지와 생성 이미지 한 쌍에서 판별자가 실제 이미지에 더 큰 수를 주는 비율이다. 50 %면 "
    "찍는 것과 같고, 100 %면 판별자가 모든 이미지를 알아본다. 제대로 학습 중인 GAN은 그 사이에 있다. 이미지가 나쁜데 "
    "100 %라면 판별자가 이긴 것이다. 거꾸로 구별해 낸 배치도 구별한 것으로 센다.",
    "spectra": "읽는 법: 코드가 주요 방향마다 얼마나 흩어져 있는지를, 같은 인코더로 얻은 실제 이미지 코드의 전체 "
    "분산에 대한 비율로 보인다. 실제 이미지의 선보다 훨씬 아래면 다양성이 모자라고, 중간에 뚝 떨어지면 방향이 "
    "모자란다. 두 모델의 인코더는 서로 다르므로 각 선은 그 모델의 실제 이미지 선과 비교해야 한다.",
    "directions": "읽는 법: 한 배치의 코드가 몇 방향을 가리키는지를, 고르게 나뉠 때 온전히 세는 방식으로 센 것이다. "
    "점선은 생성 이미지의 코드를 차원마다 섞은 것으로, 이 인코더에서 가능한 최댓값이다. 같은 인코더에서 실제 이미지의 "
    "방향이 훨씬 많을 때에만, 방향이 적은 것이 실패다.",
    "reconstructions": "읽는 법: 첫째 줄은 판별자에 넣은 것, 둘째 줄은 판별자가 만든 것, 셋째 줄은 차이의 "
    "크기(검정이면 차이 없음)다. 실제 이미지는 되돌아와야 하고 잡음은 되돌아오지 않아야 한다. 잡음까지 그대로 "
    "베낀다면 에너지가 아무것도 구별하지 못한다는 뜻이다.",
    "interpolations": "읽는 법: 줄마다 한 잠재 벡터에서 다른 잠재 벡터까지 같은 간격으로 걸어간다. 부드럽게 변하면 "
    "건강한 것이고, 줄이 전혀 변하지 않으면 생성자가 입력을 무시한다는 뜻이다.",
    "metrics": "시드 평균이고, 괄호 안은 가장 낮은 값과 가장 높은 값이다(비율로 비교하는 지표는 기하 평균).",
    "ladder": "멀쩡한 신경망이라면 몇 초 안에 해내는 작은 과제들을, 학습에 앞서 하나씩 시험한 것이다. 처음 실패한 "
    "단계가 어느 신경망이 아픈지 알려 준다. 모두 통과했다고 해서 둘이 함께 잘 돌아간다는 증명은 아니다. AUROC는 "
    "에너지가 두 종류의 이미지를 얼마나 잘 구별하는지를 나타낸다. 1이면 언제나, 0.5면 전혀 구별하지 못한다.",
    "ladder_alone": "멀쩡한 인코더라면 몇 초 안에 해내는 작은 과제들을 학습에 앞서 시험한 것이다. 실패한 과제는 "
    "어디부터 살펴볼지를 알려 준다. 모두 통과했다고 해서 학습이 잘된다는 증명은 아니다. AUROC는 같은 쌍의 코사인이 "
    "다른 쌍보다 높은 경우의 비율이다. 1이면 언제나 높고, 0.5면 우연이다.",
    "layers": "두 신경망을 실행되는 순서대로, 두 글을 견주듯 나란히 놓았다. 서로 다른 곳만 펼쳐져 있다.",
    "parts": "실제로 효과가 다른 것들이다. 사용되지 않는 부분은 어떻게 쓰여 있든 아무것도 바꾸지 않는다.",
    "embedding_quality": "읽는 법: 따로 둔 쌍에서 코사인의 AUROC, 곧 같은 쌍의 코사인이 다른 쌍보다 높은 경우의 "
    "비율이다. 파선은 “작동”의 조건, 점선은 우연이다. 코사인의 순서만 보므로, 모든 코사인이 한곳에 몰려 어떤 "
    "보통의 문턱으로도 갈라지지 않을 때에도 높을 수 있다.",
    "roc": "읽는 법: 코사인의 문턱을 옮겨 갈 때, 잘못 울리는 경보가 얼마일 때 같은 쌍을 얼마나 찾는지를 보인다. 선 "
    "하나가 시드 하나다. 왼쪽 위로 갈수록 좋고, 점선 위에서는 코사인이 아무것도 알려 주지 않는다. 모델이 어떤 "
    "문턱을 쓰는지는 알 수 없다.",
    "thresholds": "읽는 법: 이 코사인부터 모두 “같음”이라고 할 때 옳게 판정하는 쌍의 비율이다. 점선은 모든 쌍에 "
    "“같음”이라고 답할 때의 점수로, 표시가 그 옆에 있으면 실력이 아니다. 가장 좋은 문턱은 점수를 매기는 바로 그 "
    "쌍에서 고른 것이므로, 쌍이 적으면 실제보다 좋게 나온다.",
    "reliability": "읽는 법: 어떤 확률로 “같음”이라고 한 쌍 가운데 실제로 같은 쌍의 비율이다. 점선이면 확률이 "
    "맞다. 아래 막대는 그렇게 말한 쌍의 수다. 쌍이 적은 곳의 점은 뜻이 거의 없다. 확률이 맞다고 쓸모 있는 것은 "
    "아니다. 모든 쌍에 50 %라고 해도 확률은 맞는다.",
    "probes": "읽는 법: 따로 둔 이미지의 임베딩으로 클래스를 맞힌 비율이다. 하나는 학습 이미지의 임베딩으로 학습한 "
    "선형 분류기로, 하나는 가장 가까운 학습 이미지로 맞힌다. 세로선은 가장 낮은 시드부터 가장 높은 시드까지다. "
    "높다고 해서 코사인을 쓸 수 있다는 뜻은 아니다. 선형 분류기는 코사인에 거의 드러나지 않는 차이도 읽는다.",
    "cosines": "읽는 법: 따로 둔 쌍 하나에 값 하나, 평가 모드다. 코사인이 얼마나 높은지가 아니라 두 종류가 얼마나 "
    "덜 겹치는지가 중요하다. 파선은 모델이 스스로 “같음”이라고 하기 시작하는 곳이다. 문턱이 두 종류의 왼쪽에 "
    "있으면 모든 쌍을 “같음”이라고 한다.",
    "alignment": "읽는 법: 두 축 모두 낮을수록 좋다. 정렬(alignment)은 같은 쌍 사이 거리 제곱의 평균이고, "
    "균일도(uniformity)는 모든 임베딩이 얼마나 고르게 퍼져 있는지다. 모든 이미지가 한 점이면 정렬은 더없이 "
    "좋으므로, 정렬만 좋은 것은 장점이 아니다. 표시 하나가 시드 하나다.",
    "embedding_spectrum": "읽는 법: 정규화한 임베딩의 분산이 주요 방향들에 어떻게 나뉘는지를 보인다. 일찍 뚝 "
    "떨어지는 선은 방향을 조금만 쓴다. 전체로 얼마나 흩어지는지는 알 수 없고(그것은 편차 그림이 보인다), 클래스 열 "
    "개를 가르는 데에는 방향이 아홉이면 된다.",
    "spread": "읽는 법: 정규화한 임베딩의 차원마다 표준편차에 차원 수의 제곱근을 곱해 큰 것부터 늘어놓았다. 점선은 "
    "구면을 고르게 쓸 때다. 모두 0에 가까우면 한 점이거나 좁은 원뿔이고, 몇 개만 높으면 방향이 적은 것이다. "
    "클래스마다 한곳에 모이면 1보다 작아지므로, 작은 것만으로는 실패가 아니다.",
    "mean_share": "읽는 법: 임베딩 가운데 한 배치의 모든 이미지에 공통인 부분의 비율이다. 100 %에 가까우면 모두 "
    "같은 쪽을 가리키는 원뿔이어서 모든 코사인이 높다. 낮은 것만으로는 성공이 아니다. 중심이 맞아도 아무것도 모르는 "
    "임베딩일 수 있다.",
    "embedding_training": "읽는 법: 학습 배치에 든 쌍들의 평균 코사인, 학습 모드다. 띠는 가장 낮은 시드부터 가장 "
    "높은 시드까지다. 여기의 틈은 외워서도 생긴다. 본 적 없는 이미지에도 통하는지는 따로 둔 쌍이 알려 준다.",
    "pair_losses": "읽는 법: 손실은 학습이 움직이는지를 보여 줄 뿐, 잘되는지를 보여 주지는 않는다. 파선은 어떤 "
    "임베딩으로도 더 내려갈 수 없는 손실이다. 선이 거기에 닿은 것은 이 손실이 말할 수 있는 것이 끝났다는 뜻이지 "
    "수렴이 아니다. 두 손실은 정의가 같을 때에만 비교할 수 있다.",
}

LEGEND = {
    "real": "실제",
    "held_out": "따로 둔 실제",
    "fake": "생성({})",
    "noise": "잡음",
    "margin": "마진",
    "recon": "복원한 실제",
    "shuffled": "섞음",
    "energies": "에너지",
    "losses": "손실",
    "same pairs": "같은 쌍({})",
    "different pairs": "다른 쌍",
    "own same": "자체 쌍, 같음",
    "own different": "자체 쌍, 다름",
    "own threshold": "모델의 문턱",
    "best threshold": "가장 좋은 문턱",
    "always same": "늘 “같음”",
    "guessing": "찍기",
    "calibrated": "확률이 맞음",
    "even sphere": "고르게 쓴 구면",
}

ANCHORS = {
    "held_out": "따로 둔 실제",
    "classes_8": "10개 중 8개 클래스",
    "prototypes_5": "클래스당 5장",
    "prototypes_2": "클래스당 2장",
    "repeated": "한 이미지 반복",
    "noise": "잡음",
    "blank": "빈 이미지",
}

AXES = {
    "step": "스텝(생성자 갱신 횟수)",
    "share of images": "이미지 비율",
    "energy": "에너지",
    "energy of an image": "에너지(오차 제곱의 평균)",
    "pushed away": "밀려나는 비율",
    "loss": "손실",
    "fid": "FID",
    "directions": "방향 수",
    "coherence": "같은 쪽으로 밀림",
    "direction": "주요 방향, 큰 것부터",
    "variance": "실제 분산 대비 비율",
    "class": "클래스",
    "log": "{}, 로그 눈금",
    "discriminator": "판별자",
    "generator": "생성자",
    "generated": "생성",
    "saturated": "빗금: {} 포화",
    "updates": "갱신 횟수",
    "share of pairs": "쌍의 비율",
    "cosine of a pair": "쌍의 코사인",
    "false alarms": "“같음”이라고 한 다른 쌍",
    "same found": "찾은 같은 쌍",
    "threshold": "코사인의 문턱",
    "pairs decided right": "옳게 판정한 쌍",
    "probability of same": "“같음”의 확률",
    "really same": "실제로 같음",
    "of pairs": "쌍",
    "uniformity": "균일도",
    "alignment": "정렬",
    "evenly spread": "고르게 퍼짐",
    "one point": "한 점",
    "share of variance": "분산의 비율",
    "dimension": "차원, 큰 것부터",
    "spread": "편차",
    "auroc": "AUROC",
    "bar": "작동",
    "chance": "우연",
    "linear probe": "선형 분류기",
    "nearest image": "가장 가까운 이미지",
    "images named right": "맞힌 이미지",
    "in one direction": "한 방향의 몫",
    "cosine": "코사인",
    "same": "같음",
    "different": "다름",
    "floor": "{} 하한",
    "convergence": "M",
    "balance": "k",
    "own energy": "모델이 정의한 에너지",
    "ranked": "구별한 쌍",
}

BETTER = {"lower": "낮을수록 좋음", "higher": "높을수록 좋음", "none": ""}

PAGE = {
    "logarithmic": "로그 축",
    "candidates": "아직 가능한 것",
    "manner": "방식",
    "left out": "시도할 수 없었던 교환 {count}개",
    "title": "{badge}: {mine} 대 {ref}",
    "against": "대",
    "mine": "mine",
    "ref": "ref",
    "contents": "이 페이지의 차례",
    "provisional": "잠정 결과: 시드 {planned}개 가운데 {done}개만 학습이 끝났다. 나머지를 학습하는 동안 이 페이지는 "
    "스스로 새로 고쳐지며, 다 끝났을 때보다 적게 보여 준다.",
    "works": "작동:",
    "works column": "작동",
    "seeds": "시드",
    "asks": "“작동”의 조건: {bar}",
    "samples": "눈으로 보기",
    "findings": "발견한 것",
    "culprit": "원인",
    "metrics": "지표",
    "energies": "에너지와 학습",
    "training": "학습",
    "embeddings": "임베딩",
    "reconstructions": "복원",
    "architecture": "구조",
    "runs": "실행과 출처",
    "real images": "실제",
    "the measure": "이미지, 견줄 기준",
    "real of": "{dataset}의 실제 이미지",
    "step": "학습 스텝",
    "all images": "마지막 스텝의 모든 시드, 모든 이미지",
    "walks": "잠재 벡터 사이를 걷기",
    "of seed": "시드 {seed}",
    "samples noun": "샘플",
    "curves noun": "곡선",
    "energies noun": "에너지",
    "not at step": "{side} 모델에는 {step}스텝의 샘플이 없다.",
    "advice": "할 일:",
    "consequences": "이것으로 설명되는 것 {count}개 더",
    "parts to blame": "부분",
    "role": "역할",
    "sure": "확신도",
    "restores": "mine에서 뺐을 때",
    "breaks": "ref에 넣었을 때",
    "lines": "줄",
    "together": "함께일 때만",
    "hybrids": "시도한 모델 {count}개 모두 보기",
    "start from": "모델",
    "exchanged": "상대 모델에서 가져온 부분",
    "outcome": "결과",
    "metric": "지표",
    "difference": "차이",
    "usual spreads": "통상 편차의 배수",
    "decision": "판정",
    "deciding": "판정을 정하는 지표",
    "describing": "참고할 뿐 판정에 쓰지 않는 지표 {count}개",
    "how to read": "지표마다 읽는 법",
    "ladder": "어느 신경망이 아픈가",
    "task": "과제",
    "layers of": "층별로 본 {net}",
    "all alike": "두 {net}의 층 {count}개가 모두 같다.",
    "line": "줄",
    "output": "출력",
    "parameters": "파라미터",
    "only ref": "ref에만 있음",
    "only mine": "mine에만 있음",
    "changed": "다름",
    "alike mark": "같음",
    "total": "파라미터 {count}개",
    "parts": "나란히 놓은 부분들",
    "part": "부분",
    "parts differ": "다른 부분",
    "other parts": "나머지 부분 {count}개",
    "not used": "사용되지 않음",
    "model": "모델",
    "seed": "시드",
    "status": "상태",
    "steps": "스텝",
    "time": "시간",
    "memory": "메모리",
    "reason": "이유",
    "not compared": "비교하지 않음",
    "yes": "예",
    "no": "아니요",
    "repeat": "다시 실행하려면",
    "whole report": "전체 보고서:",
    "parts same": "효과가 같거나 사용되지 않는 것들이다.",
    "no differences": "효과가 다른 부분이 없다.",
    "words": "여기서 쓰는 말",
    "rest": "그림, 모든 지표, 구조, 실행과 출처",
    "cut": "나머지는 여기에서 뺐다. 이 파일 옆의 페이지에 모두 있다.",
}

STATES = {
    "waiting": "대기",
    "running": "실행 중",
    "done": "완료",
    "diverged": "발산",
    "refused": "거부됨",
    "crashed": "비정상 종료",
    "timeout": "시간 초과",
    "broken": "내부 오류",
    "stopped": "중단됨",
}

PROGRESS = {
    "run": "실행",
    "progress": "진행",
    "step": "스텝",
    "energy_real": "E 실제",
    "energy_fake": "E 생성",
    "pushed_away": "밀려남",
    "cosine_same": "같은 쌍 cos",
    "cosine_different": "다른 쌍 cos",
    "speed": "스텝/초",
    "left": "남은 시간",
}

PROVENANCE = {
    "written": "작성",
    "total": "비교 전체",
    "data": "데이터",
    "features": "특징",
    "seeds": "시드",
    "checkpoints": "점수를 매긴 스텝",
}

RUNGS = {
    "discriminator-overfits": ("판별자 혼자 이미지 64장을 외운다", "{} 이하"),
    "discriminator-separates-noise": ("판별자가 실제 이미지와 잡음을 구별한다", "{} 이상"),
    "discriminator-separates-fakes": ("판별자가 실제 이미지와 학습 전 생성자의 이미지를 구별한다", "{} 이상"),
    "generator-lowers-energy": ("판별자를 고정했을 때 생성자가 에너지를 낮춘다", "{} 이하"),
    "generator-overfits": ("생성자가 한 배치를 외운다", "{} 이하"),
    "encoder-overfits-pairs": ("인코더가 쌍 32개를 외운다", "{} 이상"),
    "encoder-learns-labels": ("인코더가 쌍 256개의 레이블에서 다른 쌍에도 통하는 것을 배운다", "{} 이상"),
}

LADDER = {
    "discriminator-overfits": RungWords("D가 이미지 64장 외우기", "× 평균 이미지의 에너지"),
    "discriminator-separates-noise": RungWords("D가 실제와 잡음 구별", "AUROC"),
    "discriminator-separates-fakes": RungWords("D가 실제와 학습 전 G 구별", "AUROC"),
    "generator-lowers-energy": RungWords("고정된 D에서 G가 E 낮추기", "× 처음 에너지"),
    "generator-overfits": RungWords("G가 한 배치 외우기", "× 평균 이미지의 오차"),
    "encoder-overfits-pairs": RungWords("인코더가 쌍 32개 외우기", "AUROC"),
    "encoder-learns-labels": RungWords("인코더가 레이블에서 배우기", "AUROC"),
}

NOT_FINITE = {"loss": "손실", "score": "평가에 쓰는 값"}

RUNG_MARKS = {
    True: "통과",
    False: "실패",
    None: "시도하지 않음",
}

SEVERITY_MARKS = {
    "error": "오류",
    "warning": "경고",
    "deviation": "논문과 다름",
    "note": "참고",
}

TRACES = {
    "found": "실패가 따라올 때까지 두 모델의 부분을 서로 바꾸어 보았다.",
    "undetermined": "두 모델의 부분을 서로 바꾸어 보았지만, 무엇이 원인인지 가려 주는 교환은 없었다.",
    "no_failure": "찾지 않았다. mine 모델이 실패하지 않는다.",
    "reference_fails": "찾지 않았다. 이 예산으로는 기준 모델 자체가 작동하지 않는다.",
    "both_fail": "찾지 않았다. 이 예산으로는 두 모델 모두 작동하지 않는다.",
}

ROLES = {
    "sufficient": "ref를 망가뜨리기에 충분함",
    "necessary": "실패에 꼭 필요함",
    "both": "ref를 망가뜨리기에 충분하고, 실패에 꼭 필요함",
}

OUTCOMES = {
    "works": "작동",
    "fails_like_mine": "mine처럼 실패",
    "fails_otherwise": "다르게 실패",
    "slow": "느림",
}

BLAMES = {
    "single": "단독으로",
    "joint": "함께일 때만",
    "redundant": "각각 따로",
    "other": "알 수 없음",
}

SWAPS = {
    "blamed": "탓은 이것에 있다. 넣으면 ref가 망가지고, 빼면 mine이 작동한다.",
    "breaks": "ref를 망가뜨리기에는 충분하다. 뺐을 때 mine이 작동하는 것은 보지 못했다.",
    "restores": "빼면 mine이 작동한다. 넣었을 때 ref가 망가지는 것은 보지 못했다.",
    "cleared": "탓은 이것에 있지 않다. 바꾸어도 ref는 망가지지 않고 mine은 살아나지 않는다.",
    "silent": "이 교환으로는 아무것도 드러날 수 없었다.",
}

EVIDENCE = {
    "rung": "과제",
    "start": "시작할 때",
    "updates": "갱신 횟수",
    "also_failed": "함께 실패한 과제",
    "energy_real": "실제 이미지의 에너지",
    "energy_fakes": "생성 이미지의 에너지",
    "energy_noise": "잡음의 에너지",
    "steps": "스텝",
    "works": "작동하는 시드",
    "change": "상대 변화",
    "limit": "한계",
    "of": "전체 시드",
    "seeds": "시드",
    "data_low": "데이터의 가장 낮은 픽셀",
    "data_high": "데이터의 가장 높은 픽셀",
    "low": "낼 수 있는 가장 낮은 값",
    "high": "낼 수 있는 가장 높은 값",
    "floor": "낼 수 있는 가장 낮은 에너지",
    "layer": "층",
    "layers": "층",
    "expected_std": "보통의 표준편차",
    "others": "남의 매개변수",
    "order": "순서",
    "names": "값",
    "reference_code": "참조 모델의 코드",
    "energy_fake": "생성 이미지의 에너지",
    "margin": "마진",
    "ratio": "비율",
    "generator": "생성자",
    "discriminator": "판별자",
    "cosine": "코사인",
    "shape": "형태",
    "returned": "돌려준 값",
    "share": "비율",
    "weight": "가중치",
    "reference_latents": "참조 모델의 잠재 벡터",
    "net": "망",
    "rate": "학습률",
    "reference_rate": "참조 모델의 학습률",
    "types": "층의 종류",
    "missed": "그대로 남은 층",
    "std": "표준편차",
    "mean": "평균",
    "energy": "에너지",
    "path": "층",
    "type": "층의 종류",
    "tensors": "텐서",
    "step": "스텝",
    "nets": "망",
    "tensor": "텐서",
    "call": "호출",
    "given": "학습 쌍의 AUROC",
    "shuffled": "레이블을 뒤섞은 학습 쌍의 AUROC",
    "trained_auroc": "학습 뒤 따로 둔 쌍의 AUROC",
    "at": "뽑는 줄",
    "reference_least_loss": "참조 모델의 하한",
    "late_loss": "끝 무렵의 학습 손실",
    "threshold_low": "문턱값의 아래 끝",
    "threshold_high": "문턱값의 위 끝",
    "least": "가장 낮은 코사인",
    "most": "가장 높은 코사인",
    "probability": "코사인 −1과 1에서의 확률",
    "predicted_same": "같다고 답한 비율",
    "same_share": "같은 쌍의 비율",
    "accuracy": "정확도",
    "accuracy_best": "가장 좋은 문턱값에서의 정확도",
    "threshold_best": "가장 좋은 문턱값",
    "own_accuracy": "자체 쌍의 정확도",
    "own_predicted_same": "자체 쌍 중 같다고 답한 비율",
    "spread": "퍼진 정도",
    "rank": "유효 랭크",
    "mean_share": "평균 방향의 비율",
    "cosine_same": "같은 쌍의 코사인",
    "cosine_different": "다른 쌍의 코사인",
    "size": "임베딩의 크기",
    "reference_spread": "참조 모델의 퍼진 정도",
    "reference_rank": "참조 모델의 유효 랭크",
    "reference_count": "참조 모델의 학습 쌍",
    "apart_training": "코사인의 차이, 학습 쌍",
    "apart_held_out": "코사인의 차이, 따로 둔 쌍",
    "reference_updates": "참조 모델의 갱신",
    "count": "학습 쌍",
    "always": "한 가지로만 답할 때 맞히는 비율",
    "reference_same_share": "참조 모델의 같은 쌍 비율",
    "digits": "그려 낸 숫자 종류",
    "k": "k",
}

GAUGES = {
    "data_high": "데이터의 픽셀",
    "high": "낼 수 있는 범위",
    "margin": "마진 m",
    "ceiling": "가능한 가장 높은 에너지",
    "mean_image": "평균 이미지의 에너지",
    "floor": "가능한 가장 낮은 에너지",
    "alone": "혼자일 때의 에너지",
    "among": "배치 안에서의 에너지",
    "d": "D의 갱신",
    "g": "G의 갱신",
    "expected": "그래야 할 값",
    "value": "측정한 값",
    "start": "처음",
    "threshold": "필요한 값",
    "std": "이 층의 표준편차",
    "expected_std": "PyTorch의 기본값",
    "rate": "이 모델의 학습률",
    "reference_rate": "참조 모델의 학습률",
    "latents": "이 모델의 잠재 벡터",
    "reference_latents": "참조 모델의 잠재 벡터",
    "code": "이 모델의 코드",
    "needed": "데이터 분산의 절반에 필요한 수",
    "pixels": "이미지의 픽셀",
    "reference_code": "참조 모델의 코드",
    "chance_high": "우연이 내는 값",
    "least_loss": "가능한 가장 낮은 손실",
    "undecided_loss": "가르지 못할 때의 손실",
    "reference_least_loss": "참조 모델의 하한",
    "count": "이 모델의 학습 쌍",
    "reference_count": "참조 모델의 학습 쌍",
    "updates": "이 모델의 갱신",
    "reference_updates": "참조 모델의 갱신",
    "same_share": "이 모델의 같은 쌍 비율",
    "reference_same_share": "참조 모델의 같은 쌍 비율",
}

VALUES = {
    "own": "직접 정의",
    "none": "없음",
    "standard": "표준",
    "PyTorch's": "PyTorch 기본",
    "mean of squares": "제곱의 평균",
    "paper's": "논문대로",
    "paper's hinge": "논문의 힌지",
    "energy + pull-away": "에너지 + pull-away",
    "shuffled, last batch dropped": "섞음, 마지막 배치는 버림",
    "shuffled, last batch smaller": "섞음, 마지막 배치는 작게 씀",
    "in the order of the data set, last batch dropped": "데이터 세트 순서대로, 마지막 배치는 버림",
    "in the order of the data set, last batch smaller": "데이터 세트 순서대로, 마지막 배치는 작게 씀",
}

RECONSTRUCTED = {"real": "실제 이미지", "fake": "생성 이미지", "noise": "잡음"}

METRIC_TITLES = {
    "fid": "프레셰 거리",
    "kid": "커널 거리",
    "fid_random_conv": "프레셰 거리, 무작위 특징",
    "fid_inception": "프레셰 거리, Inception",
    "coverage": "커버리지",
    "precision": "정밀도",
    "recall": "재현율",
    "density": "밀도",
    "digits": "그려 낸 숫자 종류",
    "confident_share": "확신하는 이미지",
    "digit_share_distance": "숫자의 불균형",
    "inception_score": "인셉션 점수, 숫자",
    "inception_score_modified": "인셉션 점수, 논문의 I′",
    "within_class_variety": "한 숫자 안의 다양성",
    "vendi": "특징의 방향 수",
    "duplicate_share": "쌍둥이",
    "memorised_share": "학습 이미지의 사본에 가까운 것",
    "authenticity": "이웃보다 먼 이미지",
    "reconstruction_error": "복원 오차, 따로 둔 이미지",
    "energy_real": "실제 이미지의 에너지",
    "energy_held_out": "따로 둔 이미지의 에너지",
    "energy_fake": "생성 이미지의 에너지",
    "energy_noise": "잡음의 에너지",
    "energy_ratio_noise": "에너지 비, 잡음 대 실제",
    "energy_ratio_fake": "에너지 비, 생성 대 실제",
    "energy_auroc": "생성과 실제를 가르는 에너지",
    "energy_wasserstein": "에너지 사이의 거리",
    "energy_ks": "에너지 사이의 가장 큰 틈",
    "clipped_share": "잘린 픽셀",
    "pixel_spread": "잠재 벡터에 따른 픽셀 편차",
    "path_length": "잠재 벡터 사이의 길",
    "fid_train_mode": "프레셰 거리, 학습 모드",
    "mode_gap_features": "모드 차이, 특징",
    "mode_gap_pixels": "모드 차이, 픽셀",
    "code_trace_ratio": "코드 분산, 생성 대 실제",
    "effective_rank_fake": "생성 코드의 유효 랭크",
    "effective_rank_real": "실제 코드의 유효 랭크",
    "code_directions_fake": "생성 코드의 방향 수",
    "code_directions_real": "실제 코드의 방향 수",
    "pull_away_fake": "생성 코드의 pull-away",
    "pull_away_real": "실제 코드의 pull-away",
    "pair_auroc": "같은 쌍과 다른 쌍을 가르는 코사인",
    "pair_accuracy_best": "정확도, 가장 좋은 문턱값",
    "pair_threshold_best": "가장 좋은 문턱값",
    "pair_accuracy": "정확도, 스스로 내린 답",
    "pair_same_share": "같은 쌍의 비율",
    "pair_predicted_same": "같다고 답한 쌍의 비율",
    "pair_calibration": "확률의 보정 오차",
    "cosine_same": "같은 쌍의 코사인",
    "cosine_different": "다른 쌍의 코사인",
    "alignment": "같은 쌍 안의 거리",
    "uniformity": "구면 위에 퍼진 고르기",
    "embedding_rank": "임베딩의 유효 랭크",
    "embedding_spread": "임베딩이 퍼진 정도",
    "embedding_mean_share": "평균 방향의 몫",
    "linear_probe_accuracy": "선형 분류",
    "neighbour_accuracy": "가장 가까운 이웃",
    "own_pair_auroc": "같은 쌍과 다른 쌍을 가르는 코사인, 자체 쌍",
    "own_pair_accuracy": "정확도, 자체 쌍",
    "own_pair_same_share": "자체 쌍 가운데 같은 쌍의 비율",
    "own_pair_predicted_same": "자체 쌍 가운데 같다고 답한 비율",
}

METRIC_READINGS = {
    "fid": "생성 이미지와 학습 이미지의 특징 사이의 거리. 0이면 같고, 한 이미지만 되풀이한 수준보다 높으면 우열을 "
    "가리지 못한다.",
    "kid": "같은 특징 사이의 거리이되, FID와 달리 이미지 수에 좌우되지 않는다. 완벽한 모델은 0이다.",
    "fid_random_conv": "학습한 적 없는 신경망의 두 번째 의견. 두 모델의 순위를 다르게 매기면 이미지를 직접 보라.",
    "fid_inception": "Inception-v3의 특징으로 잰 것. 가중치가 주어졌을 때만 잰다. 이미지 1,000장이므로 발표된 값과 "
    "견줄 수 없다.",
    "coverage": "이웃 가운데 생성 이미지가 있는 실제 이미지의 비율. .97이면 완벽하고, 붕괴하면 0에 가깝다.",
    "precision": "실제 이미지 사이에 놓이는 생성 이미지의 비율. 좋은 이미지 몇 장으로 붕괴해도 높게 남는다.",
    "recall": "생성 이미지 사이에 놓이는 실제 이미지의 비율. 다양성을 잃으면 떨어진다.",
    "density": "생성 이미지 하나가 들어가는 실제 이웃의 수를 5로 나눈 값. 1이면 데이터만큼 빽빽하고, 더 크면 몰려 "
    "있다.",
    "digits": "분류기가 확신하는 이미지에 열 가지 숫자 가운데 몇 가지가 나오는지.",
    "confident_share": "분류기가 90 % 이상의 확률로 어떤 숫자라고 보는 생성 이미지의 비율.",
    "digit_share_distance": "데이터처럼 고르려면 다른 숫자로 바뀌어야 할, 분류기가 확신하는 이미지의 비율. 0이면 "
    "고르고, 한 숫자뿐이면 .9다.",
    "inception_score": "숫자 분류기가 얼마나 확신하고 얼마나 고르게 보는지. 10이 최고다. 클래스마다 한 장만 그려도 "
    "10에 이른다.",
    "inception_score_modified": "두 분포를 맞바꾼 EBGAN 논문의 변형. 다른 분류기의 값과는 견줄 수 없다.",
    "within_class_variety": "한 숫자 안에서 특징의 분산을 실제 이미지의 것으로 나눈 값. 1이면 실제만큼 다양하고, "
    "숫자마다 두 장만 되풀이하면 .4다.",
    "vendi": "생성 이미지의 특징이 가리키는 유효 방향의 수(2차 Vendi 점수). 1에 가까우면 모두 한 장이다.",
    "duplicate_share": "실제 이미지 가운데 가장 가까운 1 %의 짝만큼 가까운 짝이 있는 생성 이미지의 비율. .01이면 "
    "알맞다.",
    "memorised_share": "본 적 없는 실제 이미지의 95 %보다도 학습 이미지에 더 가까운 생성 이미지의 비율. .05면 알맞다.",
    "authenticity": "가장 가까운 학습 이미지까지의 거리가, 그 학습 이미지에서 가장 가까운 이웃까지의 거리보다 먼 "
    "생성 이미지의 비율. 본 적 없는 실제 이미지는 .5를 조금 넘고, 사본은 0이다.",
    "reconstruction_error": "판별자가 본 적 없는 실제 이미지에 대한 오차 제곱의 평균. 판별자가 무엇을 "
    "복원할 수 있는지를 말해 준다.",
    "energy_real": "학습 이미지의 복원 오차 제곱의 평균. 모델이 스스로 어떤 에너지를 쓰든 상관없다.",
    "energy_held_out": "실제 이미지의 에너지와 같되, 학습에 쓰지 않은 이미지로 잰 것. 훨씬 높으면 판별자가 외웠다는 "
    "뜻이다.",
    "energy_fake": "생성 이미지의 복원 오차 제곱의 평균. 논문의 최적점에서는 실제 이미지의 값에 가깝다.",
    "energy_noise": "고른 잡음의 복원 오차 제곱의 평균. 무엇이든 베끼는 판별자에서는 0에 가깝다.",
    "energy_ratio_noise": "잡음이 실제 이미지보다 얼마나 더 나쁘게 복원되는지. 1에 가까우면 에너지가 아무것도 "
    "구별하지 못한다.",
    "energy_ratio_fake": "논문의 최적점에서 1에 가깝고, 판별자가 포기했을 때에도 그렇다. 커버리지와 함께 읽어야 한다.",
    "energy_auroc": "생성 이미지의 에너지가 실제 이미지보다 높은 경우의 비율(AUROC). .5면 차이가 없고, 그보다 낮으면 "
    "생성 이미지가 더 잘 복원된다.",
    "energy_wasserstein": "생성 이미지의 에너지를 얼마나 옮겨야 실제 이미지의 에너지가 되는지(바서슈타인-1).",
    "energy_ks": "두 에너지의 분포 함수 사이에서 가장 큰 틈(콜모고로프–스미르노프). 1이면 완전히 갈라져 있다.",
    "clipped_share": "생성 픽셀 가운데 픽셀 범위를 벗어나, 점수를 매기기 전에 잘린 것의 비율.",
    "pixel_spread": "잠재 벡터에 따른 표준편차의 픽셀 평균, −1~1 눈금. 0에 가까우면 모든 이미지가 하나다.",
    "path_length": "두 잠재 벡터 사이에서 특징이 얼마나 빨리 변하는지의 제곱을 실제 이미지의 것으로 나눈 값. 1이면 "
    "고르고 곧은 길, 더 크면 건너뛰거나 돌아가는 길, 0에 가까우면 붕괴다.",
    "fid_train_mode": "학습 모드에서 그린 이미지 1,000장의 FID. 평소의 FID와 크게 다르면, 학습하면서 보는 이미지와 "
    "점수를 매기는 이미지가 서로 다르다는 뜻이다.",
    "mode_gap_features": "생성자의 모드에 따라 이미지가 얼마나 달라지는지를 두 실제 이미지 사이의 거리로 나눈 값. "
    "0이면 차이가 없다.",
    "mode_gap_pixels": "생성자의 두 모드 사이에서 픽셀이 달라지는 크기의 평균, −1~1 눈금.",
    "code_trace_ratio": "생성 이미지 코드의 전체 분산을 실제 이미지의 것으로 나눈 값. 1보다 훨씬 작으면 붕괴다.",
    "effective_rank_fake": "생성 코드 256개가 흩어지는 방향의 수. 크기와 무관해서 붕괴해도 떨어지지 않는다.",
    "effective_rank_real": "실제 코드 256개가 흩어지는 방향의 수. 생성 코드의 값은 이것에 견주어 읽는다.",
    "code_directions_fake": "생성 코드 256개가 가리키는 유효 방향의 수. 1이면 붕괴다. 실제 코드의 값에 견주어 읽는다.",
    "code_directions_real": "실제 코드 256개가 가리키는 유효 방향의 수. 생성 코드의 값은 이것에 견주어 읽는다.",
    "pull_away_fake": "생성 코드 256개 사이의 코사인 제곱의 평균. 1이면 붕괴다. 실제 코드의 값에 견주어 읽는다.",
    "pull_away_real": "실제 코드 256개 사이의 코사인 제곱의 평균. 생성 코드가 이보다 낮아지기를 기대할 수는 없다.",
    "pair_auroc": "따로 둔 쌍 가운데 클래스가 같은 쌍의 코사인이 다른 쌍보다 높은 경우의 비율(AUROC). .5면 우연이고 "
    "1이면 완전히 갈라진다. 숫자에서는 학습하지 않은 신경망도 .75다.",
    "pair_accuracy_best": "코사인의 가장 좋은 문턱값에서 맞힌 따로 둔 쌍의 비율. 스스로 내리는 답이 이를 수 있는 "
    "한계다.",
    "pair_threshold_best": "따로 둔 쌍을 같다고 부르기에 가장 좋은 코사인의 경계. −1이면 모두 같다고 부른다.",
    "pair_accuracy": "따로 둔 쌍 가운데 predict가 맞힌 비율. 같은 쌍의 비율과 함께 읽어야 한다.",
    "pair_same_share": "따로 둔 쌍 가운데 클래스가 같은 쌍의 비율. 언제나 ‘같다’고만 답해도 얻는 정확도다.",
    "pair_predicted_same": "따로 둔 쌍 가운데 predict가 같다고 답한 비율. 1이나 0이면 무엇이든 똑같이 답한다.",
    "pair_calibration": "predict의 확률이 실제로 같은 쌍의 비율과 얼마나 다른지를 쌍마다 평균한 값. 0이면 맞다.",
    "cosine_same": "클래스가 같은 따로 둔 쌍의 코사인 평균. 다른 쌍의 값에 견주어 읽는다.",
    "cosine_different": "클래스가 다른 따로 둔 쌍의 코사인 평균. 1에 가까우면 모든 임베딩이 한쪽을 가리킨다.",
    "alignment": "클래스가 같은 임베딩 사이의 제곱 거리의 평균(정렬도). 0이면 한 점, 2면 서로 무관하다. 붕괴한 "
    "인코더도 0이다.",
    "uniformity": "임베딩이 구면을 얼마나 고르게 덮는지(균일도). 0이면 한 점, 128차원에서 고르면 약 −3.9, 뚜렷한 "
    "클래스 열 개로 뭉치면 −2.2다.",
    "embedding_rank": "임베딩 1,000개가 흩어지는 방향의 수. 크기와 무관하므로 퍼진 정도와 함께 읽어야 한다.",
    "embedding_spread": "차원별 표준편차의 평균에 차원 수의 제곱근을 곱한 값. 1이면 구면 전체에 퍼지고, 0이면 한 "
    "점이다.",
    "embedding_mean_share": "임베딩이 공통으로 지닌 몫이며, 코사인의 평균이기도 하다. 1이면 한 점, 높으면 원뿔, 0이면 "
    "중심이 잡혀 있다. 학습하지 않은 신경망은 .9다.",
    "linear_probe_accuracy": "선형 분류기가 임베딩에서 클래스를 읽어 낸 따로 둔 이미지의 비율. 숫자에서는 학습하지 "
    "않은 신경망도 .9다.",
    "neighbour_accuracy": "코사인으로 가장 가까운 학습 이미지와 클래스가 같은 따로 둔 이미지의 비율. 숫자의 픽셀 "
    "자체는 .93이다.",
    "own_pair_auroc": "데이터 세트의 쌍에서와 같되, 모델이 스스로 뽑아 따로 둔 쌍으로 잰 것. 레이블이 이미지와 "
    "무관하면 .5다.",
    "own_pair_accuracy": "모델이 스스로 뽑아 따로 둔 쌍 가운데 predict가 맞힌 비율.",
    "own_pair_same_share": "모델이 스스로 뽑아 따로 둔 쌍 가운데 ‘같음’ 레이블의 비율. 언제나 그렇게만 답해도 얻는 "
    "정확도다.",
    "own_pair_predicted_same": "모델이 스스로 뽑아 따로 둔 쌍 가운데 predict가 같다고 답한 비율. 1이나 0이면 무엇이든 "
    "똑같이 답한다.",
}

NOUN = {
    "seed": "시드 {count}개",
    "step": "{count}스텝",
    "image": "이미지 {count}장",
    "row": "{count}줄",
    "layer": "층 {count}개",
    "task": "과제 {count}개",
    "run": "실행 {count}개",
    "update": "갱신 {count}번",
    "error": "오류 {count}개",
    "warning": "경고 {count}개",
    "other remark": "그 밖의 지적 {count}개",
}

NOUNS = NOUN

NETS = {"generator": "생성자", "discriminator": "판별자", "encoder": "인코더"}

TERMINAL = {
    "spread": "통상 편차",
    "report": "보고서",
    "data": "데이터",
    "id": "id",
    "state": "상태",
    "stored": "저장됨",
    "to restore": "복원할 것",
    "to train": "학습할 것",
}

SENTENCES = {
    "proof alt": "{who}: 그린 이미지 {count}장",
    "advice verified": "실행으로 확인했다: {source}.",
    "advice did not help": "해 보았지만 도움이 되지 않았다: {source}.",
    "advice unverified": "확인되지 않았다: 이 프로젝트의 어떤 실행도 도움이 됨을 보이지 않았다.",
    "and": "{items}, {last}",
    "range": "{low}~{high}",
    "seconds": "{seconds}초",
    "minutes": "{minutes}분",
    "minutes seconds": "{minutes}분 {seconds}초",
    "hours": "{hours}시간 {minutes}분",
    "of": "{all}개 중 {amount}개",
    "of seed": "시드 {all}개 중 {amount}개",
    "of seeds": "시드 {all}개 중 {amount}개",
    "energies": "{side}: 에너지 중앙값은 생성 이미지 {fake}, 실제 이미지 {real}",
    "training": "{side}: 마지막 에너지는 실제 이미지 {real}, 생성 이미지 {fake}",
    "training early": "{side}: {step}스텝에서 일찍 끝남. 에너지는 실제 이미지 {real}, 생성 이미지 {fake}",
    "hinge": "마지막에 아직 밀려나는 생성 이미지: {shares}",
    "hinge share": "{side} {share}",
    "quality": "{side}의 마지막 FID {shown}",
    "losses": "생성자의 마지막 손실: {ends}",
    "losses end": "{side} {value}",
    "coherence": "마지막에 생성자의 손실이 생성 이미지를 같은 쪽으로 미는 정도: {shares}",
    "coherence share": "{side} {share}",
    "began": "{side}의 M: 처음 {first}, 마지막 {last}",
    "began balance": "{side}의 M: 처음 {first}, 마지막 {last}. k의 마지막 값: {balance}",
    "magan": "{side}의 마진: 처음 {first}, 마지막 {last}. 마지막 에너지: 실제 이미지 {real}, 생성 이미지 {fake}",
    "ranking": "마지막에 판별자가 구별하는 쌍: {shares}",
    "ranking share": "{side} {share}",
    "anchors between": "{side}: FID {shown}, “{below}”보다 높고 “{above}”보다 낮음",
    "anchors beyond": "{side}: FID {shown}, “{below}”보다도 높음",
    "anchors better": "{side}: FID {shown}, “{above}”보다도 낮음",
    "anchors alone": "{side}: FID {shown}",
    "digits": "{side}: 클래스 {classes}개 중 {present}개를 그림",
    "spectra": "{side}: 생성 코드의 분산은 실제 코드의 {share}, 방향 수는 {fake} 대 {real}",
    "directions": "{side}: 생성 코드의 방향 수 {fake}, 실제 코드의 방향 수 {real}",
    "reconstructions": "{side}의 복원 오차: {errors}",
    "reconstructions error": "{kind} {error}",
    "reconstructions alt": "{side}: {kind}, 그 복원과 차이, 각 {shown}장. 평균하여 픽셀 범위의 {error}만큼 다름",
    "interpolations alt": "{side} 모델이 두 잠재 벡터 사이에서 생성한 이미지, {columns}장씩 {rows}. 한 장에서 다음 "
    "장까지 픽셀 범위의 {change}만큼 변함",
    "restores": "{all}개 중 {amount}개 작동",
    "restores gap": "{all}개 중 {amount}개 작동, 격차의 {share} 해소",
    "breaks": "{all}개 중 {amount}개 실패",
    "rung": "{shown} (조건: {asked})",
    "ladder passes": "{side} 모델은 시도한 과제를 모두 통과했다.",
    "ladder fails": "{side} 모델은 {tasks}에서 실패했고, 처음 실패한 것은 {net}의 과제다.",
    "script head": "{path}: 학습 스크립트. 알아본 것:",
    "script assumed": "가정한 것:",
    "script left out": "뺀 것:",
    "ladder head": "기초 점검",
    "ladder climbed": "신경망을 하나씩 시험하는 중",
    "ladder optimizer": "같은 {net} 신경망이 학습률 {rate}의 Adam에서는 {value}에 이른다. 문제는 옵티마이저다",
    "ladder slow": "통과했지만 느림: 보통은 갱신 {usual}번, 여기서는 {updates}번",
    "ladder raised": "시험할 수 없음: {error}",
    "ladder raised at": "시험할 수 없음: {error} ({line})",
    "ladder diverged": "{updates} 뒤에 유한하지 않음: {what}",
    "ladder no autoencoder": "n/a (오토인코더가 아님)",
    "ladder no yardstick": "견줄 것이 없음: 평균 이미지의 에너지가 유한하지 않거나 가장 좋은 값보다 높지 않다",
    "ladder not per sample": "energy()가 샘플마다 값 하나를 돌려주지 않아, 이미지의 순위를 매길 수 없음",
    "ladder one piece": "train_step이 한 덩어리라, 멈춰 있는 생성자를 상대로 판별자만 학습할 수 없음",
    "ladder judge broke": "이것을 평가할 판별자의 에너지가 유한하지 않음. 판별자를 먼저 고쳐야 함",
    "ladder nothing to lower": "판별자가 생성 이미지에 실제 이미지보다 높은 에너지를 주지 않음. 판별자를 먼저 고쳐야 "
    "함",
    "rung cell": "{mark} {value} ({asked})",
    "with reason": "{sentence} 관찰된 것: {reason}.",
    "frame": "{step}스텝, 시드 {seed}",
    "frame restored": "복원한 가중치, 시드 {seed}",
    "samples": "{side} 모델이 {step}스텝에 생성한 {images}, 시드 {seed}",
    "samples restored": "{side} 모델이 복원한 가중치로 생성한 {images}, 시드 {seed}",
    "seed named": "시드 {seeds}",
    "seeds named": "시드 {seeds}",
    "ended": "{side} {status}: {step}스텝 ({where})",
    "ended why": "{side} {status}: {step}스텝 ({where}): {reason}",
    "probe failed": "프로브 {probe}: {step}스텝에 처음으로 측정하지 못함. {reason}.",
    "older series": "{side} 시드 {seed}: 다시 학습한다. 곡선이 이전 버전의 ebdiag로 기록되었다",
    "poorer series": "{side} 시드 {seed}: 다시 학습한다. 곡선이 --probes {stored} 설정으로 기록되었고, --probes "
    "{asked} 설정의 곡선은 학습하는 동안에만 기록할 수 있다",
    "absent": "{side} 모델에는 보여 줄 것이 없다: {what}.",
    "no autoencoder": "{side} 모델에는 보여 줄 에너지가 없다: n/a (오토인코더가 아님).",
    "bar fid": "FID {limit} 미만",
    "bar coverage": "커버리지 {limit} 이상",
    "bar auroc": "보류 쌍의 AUROC {limit} 이상",
    "bar digits": "확신하는 예측에 숫자 {limit}가지 이상",
    "bar none": "이 데이터 세트에는 기준이 없음",
    "noise floor": "통상 편차의 배수: 차이를 시드 간 통상 편차로 나눈 값이다. 통상 편차는 작동하는 모델의 점수가 학습 "
    "시드에 따라 달라지는 표준편차다(비율로 비교하는 지표는 점수의 로그로 잰다).",
    "noise floor prior": "통상 편차의 배수: 차이를 시드 간 통상 편차로 나눈 값이다. 통상 편차는 작동하는 모델의 "
    "점수가 학습 시드에 따라 달라지는 표준편차다(비율로 비교하는 지표는 점수의 로그로 잰다). 여기서는 작동하는 실행이 "
    "없어 기준 모델들에서 알려진 값을 쓴다.",
    "noise floor runs": "통상 편차의 배수: 차이를 시드 간 통상 편차로 나눈 값이다. 통상 편차는 작동하는 모델의 점수가 "
    "학습 시드에 따라 달라지는 표준편차다(비율로 비교하는 지표는 점수의 로그로 잰다). 여기서는 실행 {runs}개에서 "
    "구했다.",
    "pairing": "시드로 짝지은 점수의 상관: {shown}. 상관이 높을 때에만 짝짓기가 도움이 된다.",
    "pair": "{title} {value}",
    "settle": "판정에 필요한 시드 수(대략): {needed}.",
    "settle seeds": "{title} {seeds}개",
    "delay": "{steps}스텝의 mine은 약 {reached}스텝 때의 ref와 같은 수준이다({times}).",
    "other scale": "{side} 모델의 마진은 그리지 않았다. 에너지의 눈금이 다르다.",
    "equivalence": "“같음”은 구간이 다음 범위 안에 있다는 뜻이다: {bounds}.",
    "equivalence ratio": "{title} {low}~{high}",
    "equivalence difference": "{title} ± {bound}",
    "alike": "같은 {layers}: {names}",
    "extent": "{steps}, {seeds}",
    "graft batch": "{file}의 {net}: 나눌 수 없음. 하는 일이 배치 크기에 따라 달라진다",
    "graft mode": "{file}의 {net}: 나눌 수 없음. 학습할 때와 평가할 때 호출하는 것이 다르다",
    "graft values": "{file}의 {net}: 나눌 수 없음. forward가 텐서의 값에 따라 갈린다",
    "graft origin": "{file}의 {net}: 나눌 수 없음. forward가 그 안의 torch 호출에서 나오지 않은 텐서를 쓴다",
    "graft played": "{file}의 {net}: 나눌 수 없음. 같은 호출을 다시 하면 다른 값이 나온다. "
    "자체 상태나 난수 때문일 수 있다",
    "graft form": "{file}의 {net}: 통째로 바꿈. 참조 모델과 다른 것을 돌려준다",
    "graft along": "{net}: 통째로 바꿈. 함께 다니는 부분: {parts}",
    "graft unseen": "{net}: 통째로 바꿈. 층은 같은데 그것으로 하는 일이 다르다",
    "graft fit": "{file}의 {net}: 층이 맞지 않음. 필요한 것이 다른 쪽 네트워크에 없다",
    "plan trace": "가려낼 차이 {count}개; 하이브리드는 최대 {runs}개이며, 대부분 {steps}단계에서 본다",
    "inside": "탓은 {net}에 있음; 그 안의 차이 {count}개를 살펴본다",
    "tried": "{who}, 시드 {seed}: {outcome}",
    "skipped": "시도할 수 없음: {who}: {reason}",
    "how sure": "확실한 정도: {likely}",
    "cause": "가장 유력한 원인: {parts} ({lines}). ref에 넣으면 {breaks_of}번 중 {breaks}번 망가지고, "
    "mine에서 빼면 {restores_of}번 중 {restores}번 살아난다.",
    "causes": "가장 유력한 원인: {parts}. 하나만 넣어도 ref가 망가지고, 모두 빼야만 mine이 작동한다 "
    "({restores_of}번 중 {restores}번).",
    "mended": "보고서 옆 파일 {file}: 원인을 바꾼 mine.",
    "mended verified": "보고서 옆 파일 {file}: 원인을 바꾼 mine. 작동하는 것을 확인한 바로 그 모델이다.",
    "still possible": "아직 가능한 것: {candidates}.",
    "no exchange": "어떤 교환으로도 드러나지 않는 것",
    "unseen": "FID가 {ratio}배보다 더 높았다면 놓치지 않았을 것이다.",
    "unseen share": "AUROC가 {ratio}보다 더 낮았다면 놓치지 않았을 것이다.",
    "too few failures": "찾지 않았다. mine 모델이 실패하는 시드가 {seeds}개 중 {failed}개뿐이어서 "
    "원인을 증명할 수 없다. 시드나 스텝을 늘려 비교하라.",
    "both idle": "두 모델 모두 pull-away 항이 작용하지 않으므로, 바꾸어도 아무것도 드러날 수 없다.",
    "not traced": "교환하지 않음: {reason}",
    "announced": "학습할 {runs}, 약 {duration}",
    "to do": "실행 {all}개 중 {missing}개가 남음, 약 {duration}",
    "preparing": "데이터 세트 {name} 준비 중(처음 한 번)",
    "looking": "살펴보는 중: {names}",
    "one by one": "{side}의 시드는 하나씩 학습함: {reason}",
    "trying": "{steps}스텝에서 기준 모델이 작동하는지 보는 중",
    "run": "{side} 시드 {seed}: {state}",
    "run started": "{side} 시드 {seed}: 시작",
    "run at": "{side} 시드 {seed}: {steps}스텝 중 {step}스텝, 초당 {speed}스텝",
    "run lost": "{side} 시드 {seed}: 노드나 프로세스를 잃음, {step}스텝부터 이어서 함({most}번 중 {time}번째)",
    "no node": "클러스터에 자리가 없음, 필요한 것: {needs}. 최대 10분 동안 기다림",
    "hashed": "{name}, 해시 {digest}",
    "dataset": "{name}, 학습용 {train}장과 따로 둔 {held_out}장, {shape}, 해시 {digest}",
    "mine_fails": "{ref} 모델은 작동하지만 {mine} 모델은 실패한다. {counts}.",
    "mine_worse": "{mine} 모델은 작동하지만 {ref} 모델보다 나쁘다. {counts}.",
    "same": "{mine} 모델은 {ref} 모델만큼 좋다. {counts}.",
    "mine_better": "{mine} 모델이 {ref} 모델보다 좋다. {counts}.",
    "reference_fails": "이 예산으로는 기준 모델 {ref} 자체가 작동하지 않는다. {counts}.",
    "both_fail": "이 예산으로는 {ref} 모델도 {mine} 모델도 작동하지 않는다. {counts}.",
    "inconclusive": "{ref} 모델과 {mine} 모델 사이의 판정을 내릴 수 없다. {counts}.",
    "run_failed": "오류로 끝난 실행이 있어 아무것도 판정하지 않는다. {counts}.",
    "counts": "작동한 것은 {mine} 모델이 {mine_seeds}, {ref} 모델이 {ref_seeds}",
    "counts numbers": "작동한 것은 {mine} 모델이 {mine_seeds}, {ref} 모델이 {ref_seeds}({numbers})",
    "number fid": "FID {mine} 대 {ref}",
    "number auroc": "보류 쌍의 AUROC {mine} 대 {ref}",
    "number accuracy": "스스로 내린 판단의 정확도 {mine} 대 {ref}",
    "number coverage": "커버리지 {mine} 대 {ref}",
    "equal shares": "작동하는 시드의 비율이 같다. 시드를 늘리기보다 더 오래 학습하는 편이 더 많은 것을 알려 준다.",
    "unequal shares": "비율이 그대로라면 모델마다 시드 {needed}개로 구별할 수 있다(--seeds {needed}).",
    "contradicted": "커버리지는 반대쪽을 가리킨다({gap}). FID만으로는 판정하지 않는다.",
    "too close": "두 모델 모두 모든 시드가 작동하며, 점수의 차이는 이 시드들로 구별할 수 있는 것보다 작다.",
    "one seed": "시드 하나에는 구간이 없다. 이 모델이 작동하는지는 알려 주지만, 견주어 어떤지는 알려 주지 않는다.",
    "seeds needed": "시드 {needed}개쯤이면 판정할 수 있다(--seeds {needed}).",
    "too many needed": "이렇게 작은 차이를 판정하려면 시드가 천 개 넘게 필요하다.",
    "longer": "기준 모델이 작동하기 전에는 원인을 찾을 수 없다. --steps {steps}보다 크게 하거나 --steps auto를 써 "
    "보라.",
    "runs ended": "{name} {status}: {cases}",
    "runs ended at": "{name} {status} ({line}): {cases}",
    "case": "시드 {seed}: {reason}",
    "no reason": "알려진 이유 없음",
    "no suspect": "효과가 다른 부분이 없다. 원인은 비교한 코드에 있지 않다.",
    "one suspect": "다른 부분은 하나뿐이므로 이것이 의심된다: {part}.",
    "suspects": "의심되지만 시험하지 않음: {parts}.",
    "suspect": "{part} ({line})",
    "by default": "기본값",
    "embedding quality": "{side}의 마지막 AUROC {shown}",
    "embedding quality bar": "{ends}; 조건은 {bar} 이상",
    "roc": "코사인으로 같은 쌍과 다른 쌍을 가려내는 비율: {shares}(찍으면 50 %)",
    "roc share": "{side} {share}",
    "thresholds": "{side}: 옳게 판정한 쌍은 자기 문턱 {own_at}에서 {own}, 가장 좋은 문턱 {best_at}에서 {best}",
    "thresholds best": "{side}: 옳게 판정한 쌍은 가장 좋은 문턱 {best_at}에서 {best}",
    "reliability": "“같음”의 확률이 평균하여 벗어난 정도: {errors}",
    "reliability error": "{side} {error}",
    "probes": "{side}: 임베딩으로 맞힌 이미지는 선형 분류기로 {linear}, 가장 가까운 이미지로 {neighbour}",
    "cosines": "{side}: 평균 코사인은 다른 쌍 {different}, 같은 쌍 {same}",
    "alignment": "{side}: 같은 쌍의 거리(정렬) {alignment}, 균일도 {uniformity}",
    "embedding spectrum": "{side}: 임베딩이 흩어지는 방향은 {dimensions}개 중 {rank}개",
    "embedding spectrum none": "{side}: 임베딩이 전혀 흩어지지 않음",
    "spread": "고르게 쓴 구면에 견준 차원의 편차: {shares}",
    "spread share": "{side} {share}",
    "mean share": "마지막에 모든 이미지의 임베딩에 공통인 부분: {shares}",
    "mean share part": "{side} {share}",
    "embedding training": "{side}: {updates} 뒤 코사인은 같은 쌍 {same}, 다른 쌍 {different}",
    "pair losses": "마지막 손실: {ends}",
    "loss floor": "{side}의 손실은 {floor}보다 낮아질 수 없음",
}
