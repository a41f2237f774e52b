#include "opening/goods.h"

#include <array>

namespace demo {

namespace {

constexpr std::array kShelf = {
    // clang-format off
    ShelfGoods{"tea-green", "Green tea", "绿茶", "Steamed young leaves, 100 g.", "嫩叶蒸制，100 克。", "Tea", "茶", 1290, 180, Motif::cup, 0x5f9e5a},
    ShelfGoods{"tea-jasmine", "Jasmine tea", "茉莉花茶", "Green tea scented with jasmine, 100 g.", "茉莉窨制的绿茶，100 克。", "Tea", "茶", 890, 240, Motif::cup, 0xa9bf6b},
    ShelfGoods{"tea-oolong", "Oolong tea", "乌龙茶", "Half fermented, from the mountains, 100 g.", "高山半发酵茶，100 克。", "Tea", "茶", 1590, 120, Motif::cup, 0xb98a4e},
    ShelfGoods{"tea-puer", "Pu'er tea", "普洱茶", "A pressed cake, ripened for eight years, 357 g.", "陈化八年的饼茶，357 克。", "Tea", "茶", 3890, 40, Motif::cup, 0x8a4b38},
    ShelfGoods{"kettle-iron", "Cast iron kettle", "铸铁壶", "Keeps tea warm for an hour, 0.8 l.", "保温一小时，0.8 升。", "Kitchen", "厨房", 5490, 35, Motif::pot, 0x4a5560},
    ShelfGoods{"mug-blue", "Blue mug", "蓝色马克杯", "Glazed by hand, 0.35 l.", "手工上釉，0.35 升。", "Kitchen", "厨房", 950, 400, Motif::cup, 0x3f78b5},
    ShelfGoods{"wok-carbon", "Carbon steel wok", "碳钢炒锅", "Hammered, 32 cm, for every fire.", "手工锻打，32 厘米，适用各种炉灶。", "Kitchen", "厨房", 4290, 60, Motif::pot, 0x39424e},
    ShelfGoods{"bowl-set", "Four rice bowls", "饭碗四只", "Porcelain, fit for the dishwasher.", "瓷器，可用洗碗机。", "Kitchen", "厨房", 2490, 90, Motif::bowl, 0xcf7f63},
    ShelfGoods{"lamp-desk", "Desk lamp", "台灯", "Warm light, three steps, 7 W.", "暖光三档，7 瓦。", "Lamps", "灯具", 4990, 45, Motif::lamp, 0xe0a93b},
    ShelfGoods{"lamp-paper", "Paper lantern", "纸灯笼", "Mulberry paper on bamboo, 40 cm.", "竹骨桑皮纸，40 厘米。", "Lamps", "灯具", 1890, 110, Motif::lantern, 0xd9534f},
    ShelfGoods{"lamp-floor", "Floor lamp", "落地灯", "Oak and linen, 150 cm.", "橡木与亚麻，150 厘米。", "Lamps", "灯具", 12900, 12, Motif::lamp, 0xb08d57},
    ShelfGoods{"lamp-night", "Night light", "小夜灯", "Goes out when the sun comes up.", "天亮自动熄灭。", "Lamps", "灯具", 1490, 200, Motif::lantern, 0x7a6fb0},
    ShelfGoods{"book-actors", "Actors in practice", "演员模型实践", "How to build what does not fall over, 312 pages.", "如何构建不倒的系统，312 页。", "Books", "书籍", 3900, 70, Motif::book, 0x2f6f8f},
    ShelfGoods{"book-cooking", "Home cooking", "家常菜", "A hundred dishes for every day, with pictures.", "一百道日常菜，配图。", "Books", "书籍", 2450, 85, Motif::book, 0xc7683b},
    ShelfGoods{"book-garden", "A small garden", "小花园", "What grows on a balcony, month by month.", "阳台种植，逐月指南。", "Books", "书籍", 1990, 65, Motif::book, 0x6b9a52},
    ShelfGoods{"book-poems", "Poems of the Tang", "唐诗", "Three hundred poems in two languages.", "唐诗三百首，双语。", "Books", "书籍", 2290, 130, Motif::book, 0x9b4a5c},
    ShelfGoods{"plant-bamboo", "Lucky bamboo", "富贵竹", "Wants little light and a glass of water.", "耐阴，水养即可。", "Garden", "园艺", 1690, 75, Motif::plant, 0x4f9d69},
    ShelfGoods{"plant-bonsai", "Bonsai pine", "松树盆景", "Eight years old, in a clay pot.", "八年树龄，陶盆。", "Garden", "园艺", 8900, 8, Motif::plant, 0x3d7a4e},
    ShelfGoods{"seeds-herbs", "Herb seeds", "香草种子", "Basil, coriander, mint and chives.", "罗勒、香菜、薄荷与韭葱。", "Garden", "园艺", 490, 600, Motif::plant, 0x8bb34a},
    ShelfGoods{"pot-clay", "Clay pot", "陶盆", "With a saucer, 18 cm.", "带托盘，18 厘米。", "Garden", "园艺", 1190, 140, Motif::bowl, 0xb9693f},
    ShelfGoods{"toy-blocks", "Wooden blocks", "积木", "Fifty pieces of beech, from one year on.", "榉木五十块，一岁以上。", "Toys", "玩具", 2990, 95, Motif::blocks, 0xd98f3e},
    ShelfGoods{"toy-kite", "Silk kite", "丝绸风筝", "A swallow, with 60 m of line.", "沙燕风筝，附线 60 米。", "Toys", "玩具", 2190, 55, Motif::kite, 0xc94f7c},
    ShelfGoods{"toy-puzzle", "Ring puzzle", "九连环", "Nine rings; 341 moves take them off.", "九个环，三百四十一步可解。", "Toys", "玩具", 1290, 100, Motif::rings, 0x6c7a89},
    ShelfGoods{"toy-tangram", "Tangram", "七巧板", "Seven pieces and a book of a hundred shapes.", "七块板与百图册。", "Toys", "玩具", 990, 160, Motif::blocks, 0x4a90a4},
    // clang-format on
};

}  // namespace

std::span<const ShelfGoods> shelf_goods() { return kShelf; }

}  // namespace demo
